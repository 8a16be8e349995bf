import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import { Command } from "commander";
import { unreachable } from "../docker/client";
import { type GivenLogin, loginFor, registryOf } from "../docker/credentials";
import { heldDigest } from "../docker/registry";
import { digestsIn, withDigests } from "./digests";
import { CliError } from "./errors";
import { engineOf, stackOutputs } from "./outputs";
import { pulumiFor } from "./pass-through";
import { projectRoot } from "./paths";
import type { Pulumi } from "./pulumi";
import { plainSetting, readSettings, replaceFile, stackFile } from "./settings";
import { requireShared } from "./shared";
import { plainName, requireStackFile } from "./stacks";

/** `cronium promote`: what one environment runs becomes what another one is to run, by digest. */
export async function command(args: readonly string[]): Promise<number> {
  const [from, to] = new Command("cronium promote")
    .description(
      "Writes the digests of the images that stack FROM runs into Pulumi.TO.yaml, after asking the registry for each. " +
        "Nothing is pulled, pushed or built; `up` of TO pulls them. A roll-back is a git revert of that change.",
    )
    .argument("<from>", "the stack that pushed the images, such as staging")
    .argument("<to>", "the stack whose settings are written, such as prod")
    .allowExcessArguments(false)
    .parse(args, { from: "user" }).processedArgs as [string, string];
  const root = projectRoot();
  for (const stack of [from, to]) requireStackFile(root, plainName(stack));
  const source = readSettings(root, plainName(from));
  requireShared(source, plainName(from), true);
  const file = stackFile(root, plainName(to));
  const text = readSettings(root, plainName(to));
  if (plainSetting(text, "cronium:images") !== "promoted") {
    throw new CliError(`${basename(file)} takes no digests: cronium:images there is not promoted`);
  }
  const pulumi = await pulumiFor(plainName(from));
  const { imageRefs } = await stackOutputs(pulumi, root, from);
  const local = Object.entries(imageRefs).filter(([, ref]) => !ref.includes("@"));
  if (local.length > 0) {
    throw new CliError(
      `stack ${from} did not push ${local.map(([name]) => name).join(", ")}: set cronium:images to push there and run up`,
    );
  }
  await requireHeld(from, imageRefs, await givenLogin(pulumi, root, from, source));

  const before = digestsIn(text);
  const changes = changed(before, imageRefs);
  if (changes.length === 0) {
    process.stdout.write(`${basename(file)} has the images of ${from} already.\n`);
    return 0;
  }
  replaceFile(file, withDigests(text, imageRefs), file);
  process.stdout.write(
    `${changes.map((line) => `${line}\n`).join("")}${basename(file)} is written: commit it, and \`./cronium up --stack ${to}\` runs it.\n`,
  );
  return 0;
}

/** A promotion of what nobody can pull would fail in the environment that needs it. */
async function requireHeld(stack: string, refs: Record<string, string>, given?: GivenLogin): Promise<void> {
  const { docker, at } = await engineOf(stack);
  for (const [name, ref] of Object.entries(refs)) {
    const held = await heldDigest(docker, ref, await loginFor(registryOf(ref), given)).catch((error: unknown) => {
      throw unreachable(error, at);
    });
    if (!held) {
      throw new CliError(
        `the registry does not hold ${ref} (${name}) any more: ./cronium up --refresh --stack ${stack}`,
      );
    }
  }
}

/** The credentials in the stack's settings, if they are there. */
async function givenLogin(pulumi: Pulumi, root: string, stack: string, text: string): Promise<GivenLogin | undefined> {
  const [registry, username] = ["cronium:registry", "cronium:registryUser"].map((key) => plainSetting(text, key));
  if (!registry || !username) return undefined;
  const args = ["-C", root, "config", "get", "cronium:registryPassword", "--stack", stack];
  const { stdout } = await promisify(execFile)(pulumi.path, args, { env: pulumi.env }).catch((error: unknown) => {
    throw new CliError(`cronium:registryPassword cannot be read: ${(error as { stderr?: string }).stderr?.trim()}`);
  });
  return { registry: registryOf(`${registry}/`), username, password: stdout.trimEnd() };
}

/** One line for each image that becomes another one. */
function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  const short = (ref: string | undefined) => ref?.slice(ref.indexOf("@") + 1).slice(0, "sha256:".length + 12) ?? "none";
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name.padEnd(12)} ${short(before[name])} -> ${short(after[name])}`);
}
