import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Docker } from "../../docker/client";
import { imageIdOf, removeIfUnused, removeTag } from "../../docker/tags";

/** Runs build-images.ts as its own process in a folder that has the project; returns the content digests, by image. */
export async function buildImages(
  args: readonly string[],
  {
    folder = process.cwd(),
    umask = 0o022,
    env = {},
  }: { folder?: string; umask?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Record<string, string>> {
  const command = `umask ${umask.toString(8)} && exec "$0" --import ./register.mjs test/support/build-images.ts "$@"`;
  const { stdout } = await promisify(execFile)("sh", ["-c", command, process.execPath, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout) as Record<string, string>;
}

/** Removes all images under a name, those that build on others first. */
export async function removeImages(docker: Docker, name: string): Promise<void> {
  const tags = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  for (const tag of tags.filter((one) => one.startsWith(`${name}/`)).reverse()) {
    const id = await imageIdOf(docker, tag);
    if (id === undefined) continue;
    await removeTag(docker, id, tag);
    await removeIfUnused(docker, id);
  }
}
