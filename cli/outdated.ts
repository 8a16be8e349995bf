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
import { CliError } from "./errors";
import { type Newer, newest, parseNewer } from "./outdated/newer";
import { engineOf, stackOutputs } from "./outputs";
import { pulumiFor } from "./pass-through";
import { DEV } from "./passphrase";
import { projectRoot } from "./paths";
import { plainName } from "./stacks";

/** `cronium outdated`: the Debian packages of images that have a newer version in the archive, security fixes first. */
export async function command(args: readonly string[]): Promise<number> {
  const parsed = new Command("cronium outdated")
    .description(
      "Lists, image by image, the Debian packages that have a newer version in the archive, security fixes first. " +
        "Without an image: those of the stack. Changes nothing. Status 1 if there is one, 2 if the archive does not answer.",
    )
    .argument("[image...]", "references or ids")
    .option("--json", "print one JSON document")
    .addOption(
      new Option("-s, --stack <name>", "the stack whose images and engine are meant").env("PULUMI_STACK").default(DEV),
    )
    .parse(args, { from: "user" });
  const { json, stack } = parsed.opts<{ json?: boolean; stack: string }>();
  const { docker, at } = await engineOf(stack);
  const { imageRefs } = await stackOutputs(await pulumiFor(plainName(stack)), projectRoot(), stack);
  const images = parsed.args.length > 0 ? parsed.args : Object.values(imageRefs);
  const found = await findNewer(docker, images, builderRootOf(imageRefs)).catch((error: unknown) => {
    throw unreachable(error, at);
  });
  process.stdout.write(
    json ? `${JSON.stringify(Object.fromEntries(found), undefined, 2)}\n` : [...found].map(text).join("\n"),
  );
  return [...found.values()].some((list) => list.length > 0) ? 1 : 0;
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
    const reason = /Failed to fetch .*[^:\s]/.exec(message)?.[0] ?? message;
    throw new CliError(
      `outdated: the Debian archive does not answer: ${reason}. Nothing is known of newer ` +
        "versions: check this machine's mirror and proxy (cronium doctor)",
      2,
    );
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** The image that builder stages start from has its name beside the others. */
function builderRootOf(imageRefs: Readonly<Record<string, string>>): string {
  return (imageRefs.base ?? "").replace(/[^/]+$/, "builder-root:latest");
}

function text([image, list]: [string, Newer[]]): string {
  const width = Math.max(0, ...list.map(({ name }) => name.length));
  const lines = list.map(
    ({ name, installed, offered, security }) =>
      `  ${security ? "security" : "newer   "}  ${name.padEnd(width)}  ${installed} -> ${offered}`,
  );
  return [image, ...(lines.length > 0 ? lines : ["  up to date"]), ""].join("\n");
}
