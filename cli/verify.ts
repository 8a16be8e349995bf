import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { unreachable } from "../docker/client";
import type { Check } from "../verify/check";
import { CHECKS } from "../verify/checks";
import { json, sarif, table } from "../verify/reports";
import { isGood, type Report, verifyImage } from "../verify/verify";
import { CliError } from "./errors";
import { engineOf, stackOutputs } from "./outputs";
import { pulumiFor } from "./pass-through";
import { DEV } from "./passphrase";
import { projectRoot } from "./paths";
import { plainName } from "./stacks";

interface Options {
  json?: boolean;
  sarif?: boolean;
  list?: boolean;
  check?: string[];
  stack: string;
}

/** `cronium verify`: proves what is promised about images, or says what is wrong with them. */
export async function command(args: readonly string[]): Promise<number> {
  const parsed = new Command("cronium verify")
    .description(
      "Checks images of the engine: what is in them, by reading them, and how they behave, in containers without " +
        "network, capabilities and a writable root. Without an image: those of the stack. Status 1 if anything is wrong.",
    )
    .argument("[image...]", "references or ids")
    .addOption(new Option("--json", "print one JSON document").conflicts("sarif"))
    .option("--sarif", "print SARIF 2.1.0, for code scanning")
    .option("--list", "print the checks, what each proves and where its rule comes from")
    .option("--check <id>", "only this check; can be given again", (id: string, ids: string[] = []) => [...ids, id])
    .addOption(
      new Option("-s, --stack <name>", "the stack whose images and engine are meant").env("PULUMI_STACK").default(DEV),
    )
    .parse(args, { from: "user" });
  const options = parsed.opts<Options>();
  const checks = chosen(options.check);
  if (options.list) {
    for (const { id, proves, source } of checks) process.stdout.write(`${id}\n    ${proves}\n    ${source}\n`);
    return 0;
  }
  const { docker, at } = await engineOf(options.stack);
  const images = parsed.args.length > 0 ? parsed.args : await stackImages(options.stack);
  const reports: Report[] = [];
  for (const image of images) {
    const report = await verifyImage(docker, image, checks).catch((error: unknown) => {
      throw unreachable(error, at);
    });
    reports.push(report);
    if (!options.json && !options.sarif) process.stdout.write(`${table(report)}\n`);
  }
  if (options.json) process.stdout.write(json(reports));
  if (options.sarif) process.stdout.write(sarif(reports, checks, projectVersion()));
  return reports.every(isGood) ? 0 : 1;
}

/** @throws CliError that lists the checks there are */
function chosen(ids: readonly string[] | undefined): readonly Check[] {
  const unknown = ids?.find((id) => !CHECKS.some((check) => check.id === id));
  if (unknown !== undefined) {
    throw new CliError(`verify: there is no check "${unknown}": ${CHECKS.map(({ id }) => id).join(", ")}`, 2);
  }
  return ids ? CHECKS.filter(({ id }) => ids.includes(id)) : CHECKS;
}

async function stackImages(stack: string): Promise<string[]> {
  const { imageRefs } = await stackOutputs(await pulumiFor(plainName(stack)), projectRoot(), stack);
  return Object.values(imageRefs);
}

function projectVersion(): string {
  return (JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")) as { version: string }).version;
}
