import { type Check, NIST, verdict } from "../check";
import { environmentOf, lookup } from "../image";

const VARIABLES =
  /^(LD_(PRELOAD|LIBRARY_PATH|AUDIT)|PYTHON(HOME|STARTUP|INSPECT)|PERL5LIB|RUBYLIB|PROMPT_COMMAND|ENV)$/;

export const nothingPreloaded: Check = {
  id: "nothing-preloaded",
  proves: "Nothing makes the loader or an interpreter take code from elsewhere.",
  source: NIST.malware,
  check: (image) => {
    const names = Object.keys(environmentOf(image)).filter((name) => VARIABLES.test(name));
    const violations = [
      ...names.map((name) => `${name} is set`),
      ...(lookup(image, "/etc/ld.so.preload") ? ["/etc/ld.so.preload is there"] : []),
    ];
    return verdict(violations, "no such variable or file");
  },
};
