import { type Check, CIS, verdict } from "../check";
import { programsNamed } from "../programs";

const NAMES =
  /^(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang|clang\+\+|tcc|ld|ld\.bfd|ld\.gold|as|make|cmake|go|rustc|javac|ghc|gdb|strace)(-[\d.]+)?$/;

export const noCompiler: Check = {
  id: "no-compiler",
  proves: "No compiler, linker or debugger is in a folder of programs.",
  source: CIS.packages,
  check: (image) =>
    verdict(
      programsNamed(image, NAMES).map((path) => `${path}: build in another stage`),
      "none in any bin folder",
    ),
};
