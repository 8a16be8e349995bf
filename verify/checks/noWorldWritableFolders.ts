import { type Check, NIST, verdict } from "../check";

export const noWorldWritableFolders: Check = {
  id: "no-world-writable-folders",
  proves: "No folder but /tmp can be written to by everyone.",
  source: NIST.configuration,
  check: (image) => {
    const folders = [...image.files].filter(([, { type }]) => type === "dir");
    const violations = folders
      .filter(([path, { mode }]) => mode & 0o002 && path !== "/tmp")
      .map(([path, { mode }]) => `${path} has mode ${mode.toString(8)}`);
    return verdict(violations, `${folders.length} folders`);
  },
};
