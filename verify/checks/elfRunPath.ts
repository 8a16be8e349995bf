import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

/** Where a library path may lead: system folders and what lies beside the file. */
const SAFE = /^(\$\{?ORIGIN\}?(\/|$)|\/(usr\/)?(local\/)?lib(64|32)?(\/|$)|\/opt\/)/;

export const elfRunPath: Check = {
  id: "elf-run-path",
  proves:
    "No program or library takes its libraries from a folder that others may write to, or from the working directory.",
  source: CONTRACT,
  check: (image) =>
    elfVerdict(image, "elf-run-path", ({ runPath }) => {
      const unsafe = runPath.filter((folder) => !SAFE.test(folder));
      return unsafe.length > 0 ? `looks for libraries in ${unsafe.join(", ")}` : undefined;
    }),
};
