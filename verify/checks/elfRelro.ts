import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

export const elfRelro: Check = {
  id: "elf-relro",
  proves: "Every program and library has its relocated data read-only (RELRO).",
  source: CONTRACT,
  check: (image) => elfVerdict(image, "elf-relro", (elf) => (!elf.relro ? "is not linked with -z relro" : undefined)),
};
