import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Docker, dockerClient } from "../docker/client";
import { type DockerHost, resolveDockerHost } from "../docker/host";
import { CliError } from "./errors";
import { projectRoot } from "./paths";
import type { Pulumi } from "./pulumi";
import { dockerSettings, readSettings } from "./settings";
import { plainName } from "./stacks";

/** The stack outputs that cronium reads; README.md documents them all. */
export interface Outputs {
  imageRefs: Record<string, string>;
  runtimeApi: { url: string; containerId: string; version: string };
}

/** @throws CliError if the stack was never made or is not up */
export async function stackOutputs(pulumi: Pulumi, root: string, stack: string): Promise<Outputs> {
  const args = ["-C", root, "stack", "output", "--json", "--stack", stack];
  const { stdout } = await promisify(execFile)(pulumi.path, args, { env: pulumi.env }).catch((error: unknown) => {
    const message = (error as { stderr?: string }).stderr?.trim() ?? (error as Error).message;
    throw new CliError(`the outputs of stack ${stack} cannot be read: ${message}. Run ./cronium up first`);
  });
  const outputs = JSON.parse(stdout) as Partial<Outputs>;
  if (outputs.imageRefs === undefined || outputs.runtimeApi === undefined) {
    throw new CliError(`stack ${stack} is not up: run ./cronium up first`);
  }
  return outputs as Outputs;
}

/** A client of the engine that a stack is on, which need not be up. */
export async function engineOf(stack: string): Promise<{ docker: Docker; at: DockerHost }> {
  const at = resolveDockerHost(dockerSettings(readSettings(projectRoot(), plainName(stack))));
  return { docker: await dockerClient(at), at };
}
