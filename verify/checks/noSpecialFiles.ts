import { type Check, NIST, verdict } from "../check";

export const noSpecialFiles: Check = {
  id: "no-special-files",
  proves: "There is no device, pipe or socket in any layer.",
  source: NIST.configuration,
  check: ({ files }) => {
    const violations = [...files]
      .filter(([, { type }]) => type === "special")
      .map(([path]) => `${path} is a special file`);
    return verdict(violations, `${files.size} paths`);
  },
};
