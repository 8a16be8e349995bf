import { pullImage } from "../docker/pull";
import { heldDigest, patiently, pushImage } from "../docker/registry";
import { imageIdOf, removeTag, setTag } from "../docker/tags";
import { withProgress } from "./building";
import type { ImageInputs } from "./image-inputs";
import type { Call } from "./resource";

/** An image as it may be in a registry. */
export interface Published {
  imageId: string;
  contentDigest?: string;
  /** Of the manifest, once it is there. */
  digest?: string | null;
}

/** An image's tag in a registry: its content's, so that it never has to move. */
export function pushedTag(push: string, contentDigest: string | undefined): string {
  return `${push}:${contentTag(contentDigest)}`;
}

/** The name of the tag that an image's content has: `sha-<12 hex digits>`. */
export function contentTag(contentDigest: string | undefined): string {
  return `sha-${contentDigest?.slice("sha256:".length, "sha256:".length + 12)}`;
}

/** Asks the registry of an image that will be pushed for anything: a wrong password is known before the build. */
export async function askRegistry(call: Call, { push }: ImageInputs): Promise<void> {
  if (!push) return;
  const docker = await call.docker();
  const login = await call.login(push);
  await patiently(() => heldDigest(docker, `${push}:latest`, login, call.signal), call);
}

/**
 * Brings an image to where its inputs say, and returns its manifest's digest there; null for one that stays here. What the
 * registry still has under its tag is not pushed again. When it fails nothing has changed.
 * @param before the image and its place by the state
 */
export async function publish(
  call: Call,
  { push, from }: ImageInputs,
  image: Published,
  before?: Published & { push?: string },
): Promise<string | null> {
  if (from) return digestOf(from);
  if (!push) return null;
  const docker = await call.docker();
  const tag = pushedTag(push, image.contentDigest);
  const login = await call.login(tag);
  const held = await patiently(() => heldDigest(docker, tag, login, call.signal), call);
  const named = await imageIdOf(docker, tag);
  if (held && held === before?.digest && before.push === push && before.contentDigest === image.contentDigest) {
    await setTag(docker, image.imageId, tag);
    await knowDigest(call, image.imageId, `${push}@${held}`);
    return held;
  }
  await setTag(docker, image.imageId, tag);
  try {
    await withProgress(call, (onLine) => {
      const options = { login, onLine, signal: call.signal };
      return patiently(() => pushImage(docker, tag, options), options);
    });
    const digest = await patiently(() => heldDigest(docker, tag, login, call.signal), call);
    if (!digest) throw new Error(`the registry took ${tag}, but does not hold it: run the same command again.`);
    return digest;
  } catch (error) {
    if (!named) await removeTag(docker, image.imageId, tag);
    else await setTag(docker, named, tag);
    throw error;
  }
}

/** What Read finds of an image's place in a registry: `there` if its tag and the engine say what the state says. */
export async function readPublished(
  call: Call,
  { push, from }: ImageInputs,
  { imageId, contentDigest, digest }: Published,
): Promise<{ there: boolean; digest: string | null }> {
  const docker = await call.docker();
  const known = async (reference: string) => (await imageIdOf(docker, reference)) === imageId;
  // What runs from a registry's image goes on without the registry.
  if (from) return { there: await known(from), digest: digestOf(from) };
  if (!push || !digest) return { there: false, digest: null };
  const tag = pushedTag(push, contentDigest);
  const login = await call.login(tag);
  const held = (reference: string) => patiently(() => heldDigest(docker, reference, login, call.signal), call);
  if ((await held(tag)) === digest) return { there: await known(`${push}@${digest}`), digest };
  return { there: false, digest: (await held(`${push}@${digest}`)) ?? null };
}

/** Pulls an image by its digest. */
export async function pullFrom(call: Call, from: string, platform: string | undefined): Promise<string> {
  const docker = await call.docker();
  const login = await call.login(from);
  return await withProgress(call, (onLine) => {
    const options = { login, platform, onLine, signal: call.signal };
    return patiently(() => pullImage(docker, from, options), options);
  });
}

/** An engine forgets the digest of an image whose tag is removed; it learns it from the registry, without its layers. */
async function knowDigest(call: Call, imageId: string, reference: string): Promise<void> {
  if ((await imageIdOf(await call.docker(), reference)) !== imageId) await pullFrom(call, reference, undefined);
}

function digestOf(reference: string): string {
  return reference.slice(reference.indexOf("@") + 1);
}
