import { engineFindings } from "./checks/engine";
import { type Finding, formatFinding } from "./checks/finding";
import { machineFindings } from "./checks/machine";
import { stackFindings } from "./checks/stacks";
import { toolFindings } from "./checks/tools";
import { DEV } from "./passphrase";
import { projectRoot } from "./paths";

const USAGE = `Usage: cronium doctor

One line for each thing that is needed: what was found, where, whether it is good enough, how to mend it.
"ok": good enough; "note": good enough, with a limit to know of; "BAD": not good enough, and the status is 1.
`;

/** `cronium doctor`. It changes nothing. */
export async function command(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    process.stdout.write(USAGE);
    return args.every((arg) => arg === "--help" || arg === "-h") ? 0 : 2;
  }
  const root = projectRoot();
  const stack = process.env.PULUMI_STACK || DEV;
  let good = true;
  const checks = [toolFindings, engineFindings, machineFindings, stackFindings];
  for (const check of checks) {
    for (const finding of await check(root, stack)) {
      process.stdout.write(`${formatFinding(finding)}\n`);
      good &&= finding.level !== "BAD";
    }
  }
  return good ? 0 : 1;
}

/** A group of checks. */
export type Check = (root: string, stack: string) => Finding[] | Promise<Finding[]>;
