import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DEV, hasPassphrase, passphraseFile } from "../passphrase";
import { stateDir } from "../paths";
import { backendUrl } from "../pulumi";
import { hasCloudSecrets, readSettings } from "../settings";
import { stackNames } from "../stacks";
import { type Finding, finding } from "./finding";

/** Where the state is kept, and the passphrase of each stack of the tree. */
export function stackFindings(root: string): Finding[] {
  const url = backendUrl(stateDir());
  const local = !process.env.PULUMI_BACKEND_URL;
  return [
    finding(
      "state",
      !local || isWritable(stateDir()),
      url,
      `${stateDir()} cannot be written: mend its owner, or set XDG_STATE_HOME or PULUMI_BACKEND_URL`,
    ),
    ...stackNames(root).map((stack) => passphraseFinding(root, stack)),
  ];
}

function passphraseFinding(root: string, stack: string): Finding {
  const thing = `stack ${stack}`;
  if (hasCloudSecrets(readSettings(root, stack)))
    return finding(thing, true, "its secrets provider needs no passphrase", "");
  if (hasPassphrase(process.env)) {
    const variable =
      process.env.PULUMI_CONFIG_PASSPHRASE === undefined ? "PULUMI_CONFIG_PASSPHRASE_FILE" : "PULUMI_CONFIG_PASSPHRASE";
    return finding(thing, true, `passphrase from ${variable}`, "");
  }
  if (stack !== DEV) {
    const mend = "set PULUMI_CONFIG_PASSPHRASE_FILE or PULUMI_CONFIG_PASSPHRASE before you use it";
    return finding(thing, false, "no passphrase in the environment", mend, "note");
  }
  const file = passphraseFile(stateDir());
  if (!existsSync(file)) return finding(thing, true, `the first command makes its passphrase, ${file}`, "");
  const open = statSync(file).mode & 0o077;
  return finding(thing, open === 0, `passphrase in ${file}`, `others may read it: chmod 600 ${file}`);
}

function isWritable(folder: string): boolean {
  if (!existsSync(folder)) return isWritable(dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
