import { type Check, NIST, verdict } from "../check";

export const filesAreRoots: Check = {
  id: "files-are-roots",
  proves: "Every file is root's: no process of the image can change a program or its settings.",
  source: NIST.configuration,
  check: ({ files }) => {
    const all = [...files].filter(([, { type }]) => type !== "dir");
    const violations = all
      .filter(([, { uid, gid }]) => uid !== 0 || gid !== 0)
      .map(([path, { uid, gid }]) => `${path} is owned by ${uid}:${gid}`);
    return verdict(violations, `${all.length} files`);
  },
};
