import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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

/**
 * Makes the stack if the backend has none. `stack init` writes a salt beside Pulumi.yaml, so it runs in a folder of its
 * own; the state keeps the salt.
 * @param settings the stack's settings file
 */
export async function ensureStack(
  pulumi: Pulumi,
  root: string,
  stack: string,
  settings: string,
  state: string,
): Promise<void> {
  if (await stackExists(pulumi, root, stack)) return;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(state, "init-"));
  try {
    copyFileSync(join(root, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    if (existsSync(settings)) copyFileSync(settings, stackFile(folder, plainName(stack)));
    const status = await runPulumi(pulumi, ["-C", folder, "stack", "init", stack, "--no-select"], "stderr");
    // Two commands may make the same stack at once: the one that was second has it too.
    if (status !== 0 && !(await stackExists(pulumi, root, stack))) {
      throw new CliError(`stack ${stack} was not made: see Pulumi's message above`, status);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function stackExists(pulumi: Pulumi, root: string, stack: string): Promise<boolean> {
  const url = pulumi.env.PULUMI_BACKEND_URL ?? "";
  if (url.startsWith("file:///")) {
    // Asking Pulumi would take longer than all the rest of cronium; this is its documented layout.
    const base = join(fileURLToPath(url), ".pulumi", "stacks", projectName(root), plainName(stack));
    return [".json", ".json.gz", ".json.zst"].some((ending) => existsSync(base + ending));
  }
  const { spawnSync } = await import("node:child_process");
  const { status } = spawnSync(pulumi.path, ["-C", root, "stack", "export", "--stack", stack], {
    env: pulumi.env,
    stdio: "ignore",
  });
  return status === 0;
}

function projectName(root: string): string {
  const name = /^name:\s*["']?([^\s"'#]+)/m.exec(readFileSync(join(root, "Pulumi.yaml"), "utf8"))?.[1];
  if (name === undefined) throw new CliError(`${join(root, "Pulumi.yaml")} has no name`);
  return name;
}
