import { type Check, CONTRACT, none, verdict } from "../check";
import { interpreterOf, promisedLanguage, promisesShell } from "../promises";

export const shellForSubprocesses: Check = {
  id: "shell-for-subprocesses",
  proves: "The language's subprocess calls that go through a shell work.",
  source: CONTRACT,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    if (!promisedLanguage(image) || !found) return none("no language is promised (dev.cronium.language)");
    if (!promisesShell(image)) return none("the image promises no shell (dev.cronium.shell)");
    const { program, language } = found;
    const { status, stdout, stderr } = await containers.run([program, ...language.options, language.scripts.shell]);
    const good = status === 0 && stdout.trim() === "42";
    return verdict(
      good ? [] : [`a subprocess through the shell failed: ${stderr.trim().split("\n").at(-1)}`],
      "/bin/sh",
    );
  },
};
