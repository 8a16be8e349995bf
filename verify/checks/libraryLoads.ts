import { type Check, CONTRACT, none, verdict } from "../check";
import { interpreterOf, promisedLanguage } from "../promises";

export const libraryLoads: Check = {
  id: "library-loads",
  proves: "Every module of the language's own library loads, but those that are left out by promise.",
  source: CONTRACT,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    if (!promisedLanguage(image) || !found) return none("no language is promised (dev.cronium.language)");
    const { program, language } = found;
    const { status, stdout, stderr } = await containers.run([program, ...language.options, language.scripts.library]);
    const missing = stdout.split("\n").filter(Boolean);
    const violations = [
      ...missing.map((one) => `${one} does not work`),
      ...(status === 0 ? [] : [`the script ended with status ${status}: ${stderr.trim().split("\n").at(-1)}`]),
    ];
    return verdict(violations, `all of the language's library for ${language.name}`);
  },
};
