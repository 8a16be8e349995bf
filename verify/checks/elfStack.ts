import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

export const elfStack: Check = {
  id: "elf-no-executable-stack",
  proves: "No program or library asks for an executable stack.",
  source: CONTRACT,
  check: (image) =>
    elfVerdict(image, "elf-no-executable-stack", (elf) =>
      elf.executableStack ? "asks for an executable stack" : undefined,
    ),
};
