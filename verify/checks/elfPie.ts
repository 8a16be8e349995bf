import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

export const elfPie: Check = {
  id: "elf-pie",
  proves: "Every program is position-independent.",
  source: CONTRACT,
  check: (image) => elfVerdict(image, "elf-pie", (elf) => (!elf.pie ? "is not linked as PIE" : undefined)),
};
