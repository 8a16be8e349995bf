import { type Check, CIS, NIST, verdict } from "../check";
import { environmentOf, labelsOf } from "../image";

const NAMES =
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)($|_(?!FILE$|PATH$|URL$|TTL$))/i;
const ASSIGNMENT = /\b([A-Z_]*(?:PASSWORD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY))=(["']?)([^\s"']+)/gi;

export const noSecretsInConfig: Check = {
  id: "no-secrets-in-config",
  proves: "No variable, label, build argument or build step in the image's config has a secret's name and a value.",
  source: `${CIS.secrets}, ${NIST.secrets}`,
  check: (image) => {
    const pairs = [...Object.entries(environmentOf(image)), ...Object.entries(labelsOf(image))];
    const named = pairs
      .filter(([name, value]) => NAMES.test(name.replace(/[.-]/g, "_")) && value !== "")
      .map(([name]) => `${name} is set in the image's config`);
    const steps = (image.config.history ?? []).flatMap(({ created_by = "" }, index) =>
      [...created_by.matchAll(ASSIGNMENT)]
        .filter(([, , , value]) => !value?.startsWith("$"))
        .map(([, name]) => `step ${index + 1} of the image's history sets ${name}`),
    );
    return verdict(
      [...named, ...steps],
      `${pairs.length} variables and labels, ${image.config.history?.length ?? 0} steps`,
    );
  },
};
