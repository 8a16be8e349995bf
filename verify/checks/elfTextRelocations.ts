import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

export const elfTextRelocations: Check = {
  id: "elf-no-text-relocations",
  proves: "No program or library has to change its own text to be loaded.",
  source: CONTRACT,
  check: (image) =>
    elfVerdict(image, "elf-no-text-relocations", (elf) => (elf.textRelocations ? "has text relocations" : undefined)),
};
