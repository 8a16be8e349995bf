import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError } from "../errors";
import { DEV } from "../passphrase";
import { projectRoot } from "../paths";
import { command as report } from "../report";
import { dockerSettings, readSettings } from "../settings";
import { plainName } from "../stacks";

/** How a pipeline previews. */
export interface PipelinePreview {
  stack: string;
  /** Where the report goes. */
  folder: string;
  /** Against no state at all, in a backend of its own: what a fork may do, which gets no secrets. */
  empty: boolean;
  /** Asks the engine for what is there, and fails when that is not what is written down. */
  drift: boolean;
  build: boolean;
}

/**
 * A preview as a pipeline runs it, with a report. A stack that people share has its state and its engine elsewhere: where
 * either is not named, the preview would be one of something else, so it is refused.
 */
export async function previewInPipeline(
  { stack, folder, empty, drift, build }: PipelinePreview,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const args = ["preview", "--non-interactive", "--stack", stack, "--report", folder];
  if (!build) args.push("--no-build");
  if (drift) args.push("--refresh", "--expect-no-changes");
  if (!empty) {
    requireEnvironment(stack, readSettings(projectRoot(), plainName(stack)), env);
    return report(args);
  }
  const state = mkdtempSync(join(tmpdir(), "cronium-empty-"));
  try {
    Object.assign(env, { PULUMI_BACKEND_URL: pathToFileURL(state).href, XDG_STATE_HOME: state });
    return await report(args);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/** @throws CliError naming all variables that are missing for a shared stack */
export function requireEnvironment(stack: string, settings: string, env: NodeJS.ProcessEnv): void {
  if (plainName(stack) === DEV) return;
  const missing: string[] = [];
  if (!env.PULUMI_BACKEND_URL) missing.push("PULUMI_BACKEND_URL, where its state is");
  if (!env.DOCKER_HOST && !dockerSettings(settings).host) missing.push("DOCKER_HOST, the engine that it runs on");
  if (missing.length === 0) return;
  throw new CliError(
    `stack ${stack} needs ${missing.join(", and ")}: set it in the pipeline's environment of that name`,
  );
}
