import { type Check, CONTRACT, none, verdict } from "../check";
import { interpreterOf, promisedLanguage } from "../promises";

export const helperLoads: Check = {
  id: "helper-loads",
  proves: "The helper loads without its environment, and the first call says what is missing.",
  source: CONTRACT,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    if (!promisedLanguage(image) || !found) return none("no language is promised (dev.cronium.language)");
    const { program, language } = found;
    const { stdout, stderr } = await containers.run([program, ...language.options, language.scripts.helper]);
    const said = `${stdout}${stderr}`.trim();
    const good = /CRONIUM_[A-Z_]+/.test(said) && !said.includes("\n");
    return verdict(good ? [] : [`without its environment the helper says: ${said.slice(0, 300)}`], said);
  },
};
