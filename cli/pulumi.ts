import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { isatty } from "node:tty";
import { pathToFileURL } from "node:url";
import { DEV, ensureDevPassphrase, hasPassphrase } from "./passphrase";
import { cacheDir } from "./paths";

/** The executable and the environment that Pulumi runs with. */
export interface Pulumi {
  path: string;
  env: NodeJS.ProcessEnv;
}

/** Where the state is kept: PULUMI_BACKEND_URL, or a folder of this user. */
export function backendUrl(state: string, env: NodeJS.ProcessEnv = process.env): string {
  return env.PULUMI_BACKEND_URL || pathToFileURL(backendFolder(state)).href;
}

/**
 * The environment for Pulumi. What the user has set stays.
 * @param stack the plain name of the stack, which decides about the passphrase; none outside of this project
 * @param home PULUMI_HOME of a Pulumi that cronium built
 */
export function pulumiEnv(
  state: string,
  stack: string | undefined,
  home: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const result: NodeJS.ProcessEnv = {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    NODE_COMPILE_CACHE: join(cacheDir(env), "compile"),
    ...env,
  };
  result.PULUMI_BACKEND_URL = backendUrl(state, env);
  // Also where shell-env has set it already: Pulumi does not make it.
  if (result.PULUMI_BACKEND_URL === backendUrl(state, {})) {
    mkdirSync(backendFolder(state), { recursive: true, mode: 0o700 });
  }
  if (home !== undefined) result.PULUMI_HOME = home;
  if (stack === undefined) return result;
  result.PULUMI_STACK ||= DEV;
  // The tracked settings hold no salt for dev; the state does.
  result.PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER ??= "true";
  if (stack === DEV && !hasPassphrase(env)) result.PULUMI_CONFIG_PASSPHRASE_FILE = ensureDevPassphrase(state);
  return result;
}

/** Becomes Pulumi: same process, so that signals, terminal and exit status are its own. Does not return. */
export function become({ path, env }: Pulumi, args: readonly string[]): never {
  process.execve?.(path, [path, ...args], env);
  throw new Error("process.execve is missing: Node.js 24 or newer is needed, on Linux or macOS");
}

/**
 * Runs Pulumi and waits.
 * @param output "inherit", or "stderr" to keep standard output clean for the command that follows
 * @returns its exit status; 128 + n when signal n ended it
 */
export async function runPulumi(
  { path, env }: Pulumi,
  args: readonly string[],
  output: "inherit" | "stderr" = "inherit",
): Promise<number> {
  // Piped input is for the command that follows; on a terminal Pulumi may have to ask.
  const stdio = output === "inherit" ? ([0, 1, 2] as const) : ([isatty(0) ? 0 : "ignore", 2, 2] as const);
  const child = spawn(path, args, { env, stdio: [...stdio] });
  // Ctrl-C reaches the whole foreground group, Pulumi included: passed on as well, it would be a second one, which
  // makes Pulumi abandon what it does. A signal sent to this process alone is passed on.
  const pass = (signal: NodeJS.Signals) => {
    if (signal !== "SIGINT" || !isatty(0)) child.kill(signal);
  };
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) => resolve(status ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

/** The file backend's folder. */
export function backendFolder(state: string): string {
  return join(state, "pulumi");
}
