import { type Check, CONTRACT, none, verdict } from "../check";
import { interpreterOf, promisedLanguage } from "../promises";

export const promisedTools: Check = {
  id: "promised-tools",
  proves: "The programs and packages that the language's image promises are there and work.",
  source: CONTRACT,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    if (!promisedLanguage(image) || !found) return none("no language is promised (dev.cronium.language)");
    const { program, language } = found;
    const { status, stdout, stderr } = await containers.run([program, ...language.options, language.scripts.tools]);
    const missing = stdout.split("\n").filter(Boolean);
    const violations = [
      ...missing.map((one) => `${one} does not work`),
      ...(status === 0 ? [] : [`the script ended with status ${status}: ${stderr.trim().split("\n").at(-1)}`]),
    ];
    return verdict(violations, `all of what is promised for ${language.name}`);
  },
};
