import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readClaim, removeClaim } from "../docker/claim";
import { type Docker, dockerClient, found } from "../docker/client";
import type { DockerHost } from "../docker/host";
import { imageIdOf, removeTag } from "../docker/tags";
import { CliError, say } from "./errors";
import { isRunning } from "./is-running";
import { type Pulumi, runPulumi } from "./pulumi";
import { findStack, type Pending, type Stack } from "./stacks";

/**
 * Puts right what a killed Pulumi left: its lock, and on the engine what it was making when it ended, which no state
 * knows of and whose names would be taken. Does nothing while another command works on the stack, nor with a backend that
 * is no folder: whether others work on it cannot be seen there.
 * @param name the stack's, as the command line has it
 */
export async function recover(pulumi: Pulumi, root: string, name: string, stack: Stack, at: DockerHost): Promise<void> {
  const url = pulumi.env.PULUMI_BACKEND_URL ?? "";
  if (!url.startsWith("file:///")) return;
  if (hasLock(join(fileURLToPath(url), ".pulumi", "locks", "organization", stack.project, stack.name))) return;
  if (stack.pending.length === 0) return;
  // Read again: what the stack was read from may have been the middle of a command that has ended well since.
  const pending = findStack(pulumi, root, name)?.pending ?? [];
  if (pending.length === 0) return;
  say(`a command was killed while it made ${pending.map(nameOf).join(", ")}: removing what is left of that`);
  const docker = await dockerClient(at);
  for (const resource of pending) await removeLeftover(docker, resource);
  // Pulumi would warn of them each time, and ask at a terminal.
  const line = ["refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--target", stack.urn];
  const status = await runPulumi(pulumi, ["-C", root, ...line, "--stack", name], "stderr");
  if (status !== 0) throw new CliError(`the state of ${name} was not put right: see Pulumi's message above`, status);
}

/** Whether a command works on the stack; locks of processes of this machine that ended are removed. */
function hasLock(folder: string): boolean {
  if (!existsSync(folder)) return false;
  return readdirSync(folder).filter((file) => file.endsWith(".json") && !removeIfStale(join(folder, file))).length > 0;
}

function removeIfStale(file: string): boolean {
  const { pid, hostname: host } = JSON.parse(readFileSync(file, "utf8")) as { pid: number; hostname: string };
  if (host !== hostname() || isRunning(pid)) return false;
  rmSync(file, { force: true });
  say(`removed the lock of process ${pid}, which was killed`);
  return true;
}

async function removeLeftover(docker: Docker, { type, inputs }: Pending): Promise<void> {
  const name = String(inputs.name);
  if (type === "docker:index/container:Container") {
    await found(docker.getContainer(name).remove({ force: true }));
  } else if (type === "docker:index/network:Network") {
    await found(docker.getNetwork(name).remove());
  } else if (type === "docker:index/volume:Volume") {
    await found(docker.getVolume(name).remove());
  } else if (type === "cronium:index:Image" || type === "cronium:index:BuilderRoot") {
    const repository = String(inputs.repository);
    const claimed = type === "cronium:index:Image" ? (inputs.tags as string[]) : [`${repository}:latest`];
    for (const tag of [...claimed, ...(await contentTags(docker, repository))]) {
      const imageId = await imageIdOf(docker, tag);
      if (imageId !== undefined) await removeTag(docker, imageId, tag);
    }
  } else if (type === "cronium:index:Namespace") {
    const volume = String(inputs.volume);
    const claim = await readClaim(docker, volume);
    if (claim && claim.stack === inputs.stack && claim.owner === inputs.owner)
      await removeClaim(docker, volume, claim.id);
  }
}

/** Other tags of the repository are somebody else's. */
async function contentTags(docker: Docker, repository: string): Promise<string[]> {
  const listed = await docker.listImages({ filters: { reference: [`${repository}:sha-*`] } });
  return listed
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((tag) => tag.startsWith(`${repository}:`) && /:sha-[0-9a-f]{12}$/.test(tag));
}

function nameOf({ urn }: Pending): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
