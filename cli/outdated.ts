import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { buildImage } from "../docker/build";
import { type Docker, unreachable } from "../docker/client";
import { machineSecrets, proxyArgs } from "../docker/machine";
import { removeIfUnused } from "../docker/tags";
import { textOf } from "../verify/image";
import { packagesOf } from "../verify/packages";
import { readImage } from "../verify/read";
import { CliError, say } from "./errors";
import { withPackagesAsOf } from "./outdated/as-of";
import { type Last, remember } from "./outdated/last";
import { type Newer, newest, parseNewer } from "./outdated/newer";
import { engineOf, stackOutputs } from "./outputs";
import { pulumiFor } from "./pass-through";
import { DEV } from "./passphrase";
import { projectRoot } from "./paths";
import { builderRootName, plainSetting, readSettings, readText, replaceFile, stackFile } from "./settings";
import { plainName, requireStackFile } from "./stacks";

/** `cronium outdated`: the Debian packages of images that have a newer version in the archive, security fixes first. */
export async function command(args: readonly string[]): Promise<number> {
  const parsed = new Command("cronium outdated")
    .description(
      "Lists, image by image, the Debian packages that have a newer version in the archive, security fixes first. " +
        "Without an image: those of the stack. Changes nothing, unless --apply is given. " +
        "Status 1 if there is one (0 with --apply), 2 if the archive does not answer.",
    )
    .argument("[image...]", "references or ids")
    .option("--apply", "if there is one: writes now as cronium:packagesAsOf, and the next up takes what is newer")
    .option("--json", "print one JSON document")
    .addOption(
      new Option("-s, --stack <name>", "the stack whose images and engine are meant").env("PULUMI_STACK").default(DEV),
    )
    .parse(args, { from: "user" });
  const { apply, json, stack } = parsed.opts<{ apply?: boolean; json?: boolean; stack: string }>();
  if (apply && parsed.args.length > 0) {
    throw new CliError(`--apply is about all images of a stack: leave out ${parsed.args.join(" ")}`, 2);
  }
  const settings = settingsOf(plainName(stack));
  const { docker, at } = await engineOf(stack);
  const { imageRefs } = await stackOutputs(await pulumiFor(plainName(stack)), projectRoot(), stack);
  const images = parsed.args.length > 0 ? parsed.args : Object.values(imageRefs);
  const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const found = await findNewer(docker, images, builderRootName(settings)).catch((error: unknown) => {
    throw unreachable(error, at);
  });
  const newer = [...found.values()].some((list) => list.length > 0);
  if (parsed.args.length === 0) remember(plainName(stack), newer ? lastOf(time, imageRefs, found) : undefined);
  process.stdout.write(
    json ? `${JSON.stringify(Object.fromEntries(found), undefined, 2)}\n` : [...found].map(text).join("\n"),
  );
  if (!apply) return newer ? 1 : 0;
  if (newer) applyMoment(stack, time);
  else say(`nothing is newer: Pulumi.${plainName(stack)}.yaml stays as it is`);
  return 0;
}

function lastOf(time: string, imageRefs: Readonly<Record<string, string>>, found: Map<string, Newer[]>): Last {
  const images = Object.entries(imageRefs).map(([name, reference]) => {
    return [name, { reference, newer: found.get(reference) ?? [] }] as const;
  });
  return { time, images: Object.fromEntries(images) };
}

/** @throws CliError if the stack does not exist or has no root that a build step could ask the archive from */
function settingsOf(stack: string): string {
  requireStackFile(projectRoot(), stack);
  const settings = readSettings(projectRoot(), stack);
  if (plainSetting(settings, "cronium:images") !== "promoted") return settings;
  throw new CliError(
    `stack ${stack} builds nothing (cronium:images is promoted): ask for the stack that its images are from, ` +
      "such as ./cronium outdated --stack staging, and promote what that one builds",
  );
}

/** Moves the stack's cronium:packagesAsOf. */
function applyMoment(stack: string, moment: string): void {
  const plain = plainName(stack);
  const file = stackFile(projectRoot(), plain);
  replaceFile(file, withPackagesAsOf(readText(file), moment), file);
  remember(plain, undefined); // the next preview shows it as a change
  say(
    `Pulumi.${plain}.yaml is written: cronium:packagesAsOf is "${moment}"; ./cronium up --stack ${stack} builds with it`,
  );
}

/** What is newer, by image. */
async function findNewer(docker: Docker, images: string[], builderRoot: string): Promise<Map<string, Newer[]>> {
  const installed = new Map<string, string[]>();
  for (const image of images) {
    const packages = packagesOf(await readImage(docker, image)).filter(({ type }) => type === "deb");
    installed.set(
      image,
      packages.map(({ name, version }) => `${name} ${version}`),
    );
  }
  const answer = parseNewer(await askArchive(docker, [...new Set([...installed.values()].flat())], builderRoot));
  return new Map(
    [...installed].map(([image, packages]) => [
      image,
      newest(answer.filter(({ name, installed: version }) => packages.includes(`${name} ${version}`))),
    ]),
  );
}

/** Runs outdated/newer-packages in a build step, which has the machine's mirrors and signed package lists. */
async function askArchive(docker: Docker, installed: readonly string[], builderRoot: string): Promise<string> {
  const context = mkdtempSync(join(tmpdir(), "cronium-outdated-"));
  try {
    const root = projectRoot();
    for (const file of ["Dockerfile", "newer-packages"]) cpSync(join(root, "cli/outdated", file), join(context, file));
    cpSync(join(root, "images/base/tools/bin"), join(context, "bin"), { recursive: true });
    writeFileSync(join(context, "installed"), installed.map((line) => `${line}\n`).join(""));
    const buildArgs = { ...proxyArgs(), BUILDER_ROOT: builderRoot };
    const id = await buildImage(docker, { context, buildArgs, secrets: await machineSecrets(), noCache: true });
    const answer = textOf(await readImage(docker, id), "/newer") ?? "";
    await removeIfUnused(docker, id);
    return answer;
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes("newer-packages: the archive")) throw error;
    const refused = /The repository .* is not signed/.exec(message)?.[0];
    const reason = refused ?? /Failed to fetch .*[^:\s]/.exec(message)?.[0] ?? message;
    throw new CliError(
      `outdated: the Debian archive ${refused ? "is not to be trusted" : "does not answer"}: ${reason}. Nothing is known ` +
        `of newer versions: check this machine's mirror${refused ? "" : " and proxy"} (cronium doctor)`,
      2,
    );
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function text([image, list]: [string, Newer[]]): string {
  const width = Math.max(0, ...list.map(({ name }) => name.length));
  const lines = list.map(
    ({ name, installed, offered, security }) =>
      `  ${security ? "security" : "newer   "}  ${name.padEnd(width)}  ${installed} -> ${offered}`,
  );
  return [image, ...(lines.length > 0 ? lines : ["  up to date"]), ""].join("\n");
}
