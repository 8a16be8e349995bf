import { delimiter, sep } from "node:path";
import { cacheDir, projectRoot, shellFolder, stateDir, toolsFolder } from "./paths";
import { backendUrl } from "./pulumi";

const USAGE = `Usage: eval "$(./cronium shell-env)"

Makes plain pulumi work in this shell as ./cronium does: with this project's state, stack, passphrase and private copy of
the settings. The passphrase itself is in no variable.
`;

/** `cronium shell-env`: prints what a shell has to evaluate. */
export function command(args: readonly string[]): number {
  if (args.length > 0) {
    process.stdout.write(USAGE);
    return args.every((arg) => arg === "--help" || arg === "-h") ? 0 : 2;
  }
  const fetched = process.execPath.startsWith(cacheDir() + sep);
  const folders = [shellFolder(projectRoot()), ...(fetched ? [toolsFolder()] : [])];
  process.stdout.write(
    `export PATH=${quote(folders.join(delimiter))}:"$PATH"\n` +
      `export PULUMI_BACKEND_URL=${quote(backendUrl(stateDir()))}\n`,
  );
  return 0;
}

/** A word of a POSIX shell that stands for exactly this text. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
