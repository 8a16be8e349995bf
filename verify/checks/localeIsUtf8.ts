import { type Check, CONTRACT, verdict } from "../check";
import { environmentOf, lookup } from "../image";

export const localeIsUtf8: Check = {
  id: "locale-is-utf8",
  proves: "The locale is C.UTF-8, nothing overrides it, and the C library has it.",
  source: CONTRACT,
  check: (image) => {
    const environment = environmentOf(image);
    const overriding = Object.keys(environment).filter((name) => name.startsWith("LC_") || name === "LANGUAGE");
    const musl = [...image.files.keys()].some((path) => /^(\/usr)?\/lib\/ld-musl-/.test(path));
    const violations = [
      ...(environment.LANG === "C.UTF-8" ? [] : [`LANG is ${environment.LANG ?? "not set"}: make it C.UTF-8`]),
      ...overriding.map((name) => `${name} is set to ${environment[name]}: remove it`),
      ...(musl || lookup(image, "/usr/lib/locale/C.utf8/LC_CTYPE")
        ? []
        : ["/usr/lib/locale/C.utf8/LC_CTYPE is not there"]),
    ];
    return verdict(violations, musl ? "C.UTF-8, built into musl" : "C.UTF-8");
  },
};
