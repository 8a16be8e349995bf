import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** What can be made again: the toolchain, compiled scripts. Deleting it costs time and nothing else. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cronium");
}

/** The programs that toolchain/fetch fetches: node, npm, npx, go. */
export function toolsFolder(): string {
  return join(cacheDir(), "python", "tools");
}

/** What cannot be made again: Pulumi's state and the dev passphrase. */
export function stateDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "cronium");
}

/** The folder of this project's Pulumi.yaml, found from the running script, wherever it was called from. */
export function projectRoot(script: string = process.argv[1] ?? process.cwd()): string {
  const root = nearestProject(dirname(realpathSync(script)));
  if (root === undefined) throw new Error(`no Pulumi.yaml above ${script}`);
  return root;
}

/** The folder whose `pulumi` is cronium: `shell-env` puts it into a shell's PATH. */
export function shellFolder(root: string): string {
  return join(root, "cli", "shell");
}

/** The folder of the Pulumi.yaml that Pulumi would use in `folder`: the nearest one, upwards. */
export function nearestProject(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "Pulumi.yaml"))) return at;
    if (at === dirname(at)) return undefined;
  }
}
