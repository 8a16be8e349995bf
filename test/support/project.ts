import { type ChildProcess, execFileSync, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The project's folder: tests run from it. */
export const root = process.cwd();

export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A copy of the project in a folder of its own, with a state of its own and a stack in a namespace of its own. */
export interface Project {
  folder: string;
  /** XDG_STATE_HOME of its commands. */
  state: string;
  /** The namespace and the name of the stack. */
  namespace: string;
  /** Runs ./cronium in it, the stack selected; never throws on a status. */
  cronium(...args: string[]): Result;
  /** Starts it; its output is in the file `output` of the folder of the state. */
  start(...args: string[]): ChildProcess;
  /** As cronium, and fails the test when the status is not 0. */
  succeed(...args: string[]): Result;
  /** The stack's outputs, secrets in plain text. */
  outputs<T>(): T;
  /** Writes a file of the copy. */
  write(path: string, content: string): void;
  /** Destroys the stack and removes the folders. */
  remove(): void;
}

/**
 * Copies what git tracks or would track, so that a test may edit it.
 * @param settings lines under `config:` of the stack's file, beside the namespace
 */
export function copyProject(settings: Record<string, string> = {}): Project {
  const namespace = `test-${randomBytes(4).toString("hex")}`;
  const folder = mkdtempSync(join(tmpdir(), "cronium-project-"));
  const state = mkdtempSync(join(tmpdir(), "cronium-state-"));
  const tracked = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const path of tracked.toString().split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  // The version is in the images' labels: a test that deletes an image never deletes one that another stack has too.
  const manifest = join(folder, "package.json");
  const renamed = { ...JSON.parse(readFileSync(manifest, "utf8")), version: `0.0.0-${namespace}` };
  writeFileSync(manifest, JSON.stringify(renamed));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const config = { "cronium:namespace": namespace, ...settings };
  const lines = Object.entries(config).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  writeFileSync(join(folder, `Pulumi.${namespace}.yaml`), `config:\n${lines.join("")}`);

  const { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE_FILE, ...inherited } = process.env;
  const env = { ...inherited, XDG_STATE_HOME: state, PULUMI_STACK: namespace, PULUMI_CONFIG_PASSPHRASE: "test" };
  const cronium = (...args: string[]): Result =>
    text(spawnSync(join(folder, "cronium"), args, { cwd: folder, env, maxBuffer: 1 << 28 }));
  const succeed = (...args: string[]): Result => {
    const result = cronium(...args);
    if (result.status !== 0) {
      throw new Error(`cronium ${args.join(" ")}: status ${result.status}\n${result.stdout}\n${result.stderr}`);
    }
    return result;
  };
  return {
    folder,
    state,
    namespace,
    cronium,
    start: (...args) => {
      const output = openSync(join(state, "output"), "w");
      try {
        return spawn(join(folder, "cronium"), args, { cwd: folder, env, stdio: ["ignore", output, output] });
      } finally {
        closeSync(output);
      }
    },
    succeed,
    outputs: <T>() => JSON.parse(succeed("stack", "output", "--json", "--show-secrets").stdout) as T,
    write: (path, content) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    remove: () => {
      const { status, stdout, stderr } = cronium("destroy", "--yes");
      if (status !== 0 && !stderr.includes("there is no stack")) throw new Error(`${stdout}\n${stderr}`);
      for (const path of [folder, state]) rmSync(path, { recursive: true, force: true });
    },
  };
}

function text({ status, stdout, stderr }: SpawnSyncReturns<Buffer>): Result {
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}
