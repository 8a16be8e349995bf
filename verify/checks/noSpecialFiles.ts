import { type Check, NIST, verdict } from "../check";

export const noSpecialFiles: Check = {
  id: "no-special-files",
  proves: "There is no device, pipe or socket in any layer.",
  source: NIST.configuration,
  check: ({ layers }) => {
    const paths = layers.flatMap(({ entries }) => [...entries]);
    const violations = paths.filter(([, { type }]) => type === "special").map(([path]) => `${path} is a special file`);
    return verdict(violations, `${paths.length} paths`);
  },
};
