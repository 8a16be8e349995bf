import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { CliError } from "./errors";
import { type Pulumi, runPulumi } from "./pulumi";
import { stackFile } from "./settings";

/** The last part of `organization/project/stack`: what its settings file is named after. */
export function plainName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

/** The stacks whose Pulumi.<stack>.yaml is in the tree, sorted. */
export function stackNames(root: string): string[] {
  return readdirSync(root)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
}

/** @throws CliError that lists the stacks there are */
export function requireStackFile(root: string, stack: string): void {
  if (existsSync(stackFile(root, stack))) return;
  const names = stackNames(root);
  throw new CliError(
    `there is no stack ${JSON.stringify(stack)}: no Pulumi.${stack}.yaml in ${root}. ` +
      `Stacks: ${names.join(", ") || "none"}. Name one with --stack, or write that file`,
  );
}

/** What the backend knows of a stack. */
export interface Stack {
  project: string;
  /** Plain. */
  name: string;
  /** Of the passphrase that encrypts its secrets; none with other secrets providers. */
  salt: string | undefined;
  /** URN of the resource that stands for the stack. */
  urn: string;
  /** What a command was making when it was killed, and no later one made. */
  pending: Pending[];
  /** The stack's output of that name; empty before its first up. */
  imageRefs: Record<string, string>;
  /** The names of the resources that Pulumi does not delete. */
  kept: string[];
}

/** A resource that was being made. */
export interface Pending {
  urn: string;
  type: string;
  inputs: Record<string, unknown>;
}

/**
 * Makes the stack if the backend has none. `stack init` writes a salt beside Pulumi.yaml, so it runs in a folder of its
 * own; the state keeps the salt.
 * @param settings the stack's settings file
 */
export async function ensureStack(pulumi: Pulumi, root: string, name: string, settings: string): Promise<Stack> {
  const found = findStack(pulumi, root, name);
  if (found !== undefined) return found;
  const folder = mkdtempSync(join(tmpdir(), "cronium-"));
  try {
    copyFileSync(join(root, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    if (existsSync(settings)) copyFileSync(settings, stackFile(folder, plainName(name)));
    const status = await runPulumi(pulumi, ["-C", folder, "stack", "init", name, "--no-select"], "stderr");
    // Two commands may make the same stack at once: the one that was second has it too.
    const made = findStack(pulumi, root, name);
    if (made === undefined) throw new CliError(`stack ${name} was not made: see Pulumi's message above`, status || 1);
    return made;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The stack as the backend has it, or undefined. */
export function findStack(pulumi: Pulumi, root: string, name: string): Stack | undefined {
  const url = pulumi.env.PULUMI_BACKEND_URL ?? "";
  const [project, plain] = [projectName(root), plainName(name)];
  const state = url.startsWith("file:///")
    ? stateFile(fileURLToPath(url), project, plain)
    : exported(pulumi, root, name);
  if (state === undefined) return undefined;
  const { checkpoint, deployment } = JSON.parse(state) as StateFile;
  const { secrets_providers, resources = [], pending_operations = [] } = checkpoint?.latest ?? deployment ?? {};
  const made = new Set(resources.map(({ urn }) => urn));
  const own = `urn:pulumi:${plain}::${project}::pulumi:pulumi:Stack::${project}-${plain}`;
  return {
    project,
    name: plain,
    salt: secrets_providers?.state?.salt,
    urn: own,
    imageRefs: resources.find(({ urn }) => urn === own)?.outputs?.imageRefs ?? {},
    kept: resources.flatMap(({ urn, protect }) => (protect ? [urn.slice(urn.lastIndexOf("::") + 2)] : [])),
    pending: pending_operations
      .filter(({ type, resource }) => type === "creating" && !made.has(resource.urn))
      .map(({ resource: { urn, type, inputs = {} } }) => ({ urn, type, inputs })),
  };
}

/** The stacks of a file backend that have resources, as `project/stack`, with how many. */
export function occupiedStacks(backend: string): { name: string; resources: number }[] {
  const folder = join(backend, ".pulumi", "stacks");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((project) =>
    stackFiles(join(folder, project)).flatMap((stack) => {
      const state = JSON.parse(stateFile(backend, project, stack) ?? "{}") as StateFile;
      const resources = state.checkpoint?.latest?.resources?.length ?? 0;
      return resources === 0 ? [] : [{ name: `organization/${project}/${stack}`, resources }];
    }),
  );
}

function stackFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => /^(.+)\.json(\.gz|\.zst)?$/.exec(name)?.[1] ?? []);
}

/** The parts of a state that cronium reads: in a backend's file, and as `stack export` prints it. */
interface StateFile {
  checkpoint?: { latest?: Deployment };
  deployment?: Deployment;
}

interface Deployment {
  resources?: { urn: string; protect?: boolean; outputs?: { imageRefs?: Record<string, string> } }[];
  pending_operations?: { type: string; resource: { urn: string; type: string; inputs?: Record<string, unknown> } }[];
  secrets_providers?: { type: string; state?: { salt?: string } };
}

/** Asking Pulumi takes longer than all the rest of cronium; a file backend's layout is documented. */
function stateFile(backend: string, project: string, name: string): string | undefined {
  const base = join(backend, ".pulumi", "stacks", project, `${name}.json`);
  removeTruncated(`${base}.attrs`);
  if (existsSync(base)) return readFileSync(base, "utf8");
  if (existsSync(`${base}.gz`)) return gunzipSync(readFileSync(`${base}.gz`)).toString("utf8");
  if (existsSync(`${base}.zst`)) return zstdDecompressSync(readFileSync(`${base}.zst`)).toString("utf8");
  return undefined;
}

/**
 * Pulumi replaces a state at once, but not the file of its content type and sum beside it: when it is killed in between,
 * that one is empty, and the state cannot be read ("failed to load checkpoint: EOF"). Without it, it can.
 */
function removeTruncated(attributes: string): void {
  if (existsSync(attributes) && statSync(attributes).size === 0) rmSync(attributes, { force: true });
}

function exported(pulumi: Pulumi, root: string, name: string): string | undefined {
  const args = ["-C", root, "stack", "export", "--stack", name];
  const { status, stdout } = spawnSync(pulumi.path, args, { env: pulumi.env, maxBuffer: 2 ** 30, encoding: "utf8" });
  return status === 0 ? stdout : undefined;
}

function projectName(root: string): string {
  const name = /^name:\s*["']?([^\s"'#]+)/m.exec(readFileSync(join(root, "Pulumi.yaml"), "utf8"))?.[1];
  if (name === undefined) throw new CliError(`${join(root, "Pulumi.yaml")} has no name`);
  return name;
}
