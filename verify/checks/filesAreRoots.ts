import { posix } from "node:path";
import { type Check, NIST, verdict } from "../check";

export const filesAreRoots: Check = {
  id: "files-are-roots",
  proves: "Every file is root's, and so is each folder that has one: no process can change a program or its settings.",
  source: NIST.configuration,
  check: ({ files }) => {
    const all = [...files].filter(([, { type }]) => type !== "dir");
    // Who may write to a folder may put another file in a file's place.
    const folders = new Set(all.flatMap(([path]) => parentsOf(path)));
    const violations = [...files]
      .filter(([path, { type, uid, gid }]) => (uid !== 0 || gid !== 0) && (type !== "dir" || folders.has(path)))
      .map(
        ([path, { type, uid, gid }]) => `${path} is owned by ${uid}:${gid}${type === "dir" ? ", and has files" : ""}`,
      );
    return verdict(violations, `${all.length} files`);
  },
};

function parentsOf(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === "/" ? [] : [parent, ...parentsOf(parent)];
}
