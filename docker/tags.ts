import { createHash } from "node:crypto";
import { type Docker, found } from "./client";

/** The id of the image that a reference or id names on the engine; undefined when there is none. */
export async function imageIdOf(docker: Docker, reference: string): Promise<string | undefined> {
  return (await inspect(docker, reference))?.Id;
}

/** An image's tags; undefined when the engine has no such image. The containerd store lists digests it was pulled by too. */
export async function tagsOf(docker: Docker, reference: string): Promise<string[] | undefined> {
  const image = await inspect(docker, reference);
  return image && (image.RepoTags ?? []).filter((tag) => !tag.includes("@"));
}

/** Makes `tag` name the image, whatever it named before. */
export async function setTag(docker: Docker, imageId: string, tag: string): Promise<void> {
  const { repo, name } = splitTag(tag);
  await docker.getImage(imageId).tag({ repo, tag: name });
}

/**
 * Removes `tag` if it still names the image; one that was moved to another image is left alone. An image that a container
 * uses stays for it, without the name.
 */
export async function removeTag(docker: Docker, imageId: string, tag: string): Promise<void> {
  if ((await imageIdOf(docker, tag)) !== imageId) return;
  try {
    await found(docker.getImage(tag).remove());
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 409) throw error;
    // The engine keeps the last name of an image in use: moved to an empty image, it goes with that one.
    const { repo, name } = splitTag(tag);
    const stream = await docker.importImage(EMPTY_TAR as never, { repo, tag: name });
    await new Promise((resolve, reject) =>
      docker.modem.followProgress(stream, (failure) => (failure ? reject(failure) : resolve(0))),
    );
    await found(docker.getImage(tag).remove());
  }
}

/** Two blocks of zeros, POSIX's end of an archive. */
const EMPTY_TAR = Buffer.alloc(1024);

/** Removes an image that has no tag left and that nothing uses; says whether it is gone. Never forces. */
export async function removeIfUnused(docker: Docker, imageId: string): Promise<boolean> {
  const tags = await tagsOf(docker, imageId);
  if (tags === undefined) return true;
  if (tags.length > 0 || (await isUsed(docker, imageId))) return false;
  try {
    await found(docker.getImage(imageId).remove());
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 409) return false; // in use, the engine says
    throw error;
  }
}

/** Whether a container, running or not, is made from an image. */
async function isUsed(docker: Docker, imageId: string): Promise<boolean> {
  return (await docker.listContainers({ all: true })).some(({ ImageID }) => ImageID === imageId);
}

/** Splits "repository:tag"; a registry's port is no tag. */
export function splitTag(reference: string): { repo: string; name: string } {
  const colon = reference.lastIndexOf(":");
  if (colon <= reference.lastIndexOf("/")) return { repo: reference, name: "latest" };
  return { repo: reference.slice(0, colon), name: reference.slice(colon + 1) };
}

/** Whether a text is "repository:tag" or "host:port/repository:tag" as engines take it (distribution/reference). */
export function isReference(text: string): boolean {
  const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  const host = "(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?";
  return new RegExp(`^${host}${component}(?:/${component})*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`).test(text);
}

/** Digests an image's diff ids, which are the same for the same files on every engine. */
export async function layersDigest(docker: Docker, imageId: string): Promise<string> {
  const layers = (await docker.getImage(imageId).inspect()).RootFS.Layers ?? [];
  return `sha256:${createHash("sha256").update(layers.join("\n")).digest("hex")}`;
}

async function inspect(docker: Docker, reference: string) {
  return await found(docker.getImage(reference).inspect());
}
