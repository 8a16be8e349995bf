import { type Check, NIST, verdict } from "../check";
import { filesOf } from "../image";

export const noWorldWritableFiles: Check = {
  id: "no-world-writable-files",
  proves: "No file can be changed by everyone.",
  source: NIST.configuration,
  check: (image) => {
    const files = filesOf(image);
    const violations = files
      .filter(([, { mode }]) => mode & 0o002)
      .map(([path, { mode }]) => `${path} has mode ${mode.toString(8)}`);
    return verdict(violations, `${files.length} files`);
  },
};
