import { posix } from "node:path";
import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";
import { openTo } from "../image";

export const elfRunPath: Check = {
  id: "elf-run-path",
  proves:
    "No program or library takes its libraries from a folder that others may write to, or from the working directory.",
  source: CONTRACT,
  check: (image) =>
    elfVerdict(image, "elf-run-path", ({ runPath }, path) => {
      const unsafe = runPath.filter((folder) => {
        const real = folder.replace(/^\$(ORIGIN|\{ORIGIN\})(?=\/|$)/, posix.dirname(path));
        return !real.startsWith("/") || openTo(image, posix.normalize(real)) !== undefined;
      });
      return unsafe.length > 0
        ? `looks for libraries in ${unsafe.map((folder) => folder || "the working directory").join(", ")}`
        : undefined;
    }),
};
