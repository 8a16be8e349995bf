import { type Check, CONTRACT } from "../check";
import { elfVerdict } from "../elf-files";

export const elfStackProtector: Check = {
  id: "elf-stack-protector",
  proves: "Every program and library checks its stack frames.",
  source: CONTRACT,
  check: (image) =>
    elfVerdict(image, "elf-stack-protector", (elf) =>
      !elf.stackProtector ? "does not know __stack_chk_fail: compile it with -fstack-protector-strong" : undefined,
    ),
};
