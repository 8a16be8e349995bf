import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

export const elfBindNow: Check = {
  id: "elf-bind-now",
  proves: "Every program and library binds all symbols at start, so that RELRO is full (BIND_NOW).",
  source: CONTRACT,
  check: (image) =>
    elfVerdict(image, "elf-bind-now", (elf) => (!elf.bindNow ? "is not linked with -z now" : undefined)),
};
