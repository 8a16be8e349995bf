import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonicalImage } from "../docker/canonical";
import { isNotFound } from "../docker/client";
import { hashContext, listContext } from "../docker/context";
import {
  containersOf,
  imageIdOf,
  isReference,
  pushedDigest,
  removeIfUnused,
  removeTag,
  setTag,
  tagsOf,
} from "../docker/tags";
import { build, type ImageInputs } from "./building";
import { detailedDiff } from "./diff";
import { checkFields, type Failure, type FieldType } from "./fields";
import { isUnknown, type Properties, UNKNOWN } from "./properties";
import { type Call, nameOf, PartialError, type ResourceKind } from "./resource";

/** What is known of an image that exists, beyond its inputs. */
interface ImageOutputs {
  imageId: string;
  /** null until pushed: a preview takes an output that is missing for one that is not known yet. */
  digest?: string | null;
  contentDigest?: string;
  sizeBytes?: number;
  layers?: { digest: string; sizeBytes: number }[];
  /** The wanted tags that name the image. */
  tags: string[];
  ref?: string;
  /** Ids of images that this one superseded while a container used them; removed when they are free. */
  retired?: string[];
}

/** `cronium:index:Image`: an image that the engine's BuildKit builds from a context of the project. */
export const image: ResourceKind = {
  async check(_call, _olds, news) {
    const inputs = { ...news, dockerfile: news.dockerfile || "Dockerfile" } as Properties;
    const failures = [...checkFields(fields, news), ...checkValues(inputs)];
    if (Array.isArray(news.tags)) inputs.tags = [...new Set(news.tags)].sort();
    else inputs.tags ??= [];
    if (failures.length > 0) return { failures, inputs: {} };
    return { failures, inputs: { dockerfile: inputs.dockerfile, tags: inputs.tags, files: await hashFiles(inputs) } };
  },

  diff(state, olds, news) {
    // Where the context lies is no property of what is in it.
    const changes = detailedDiff({ ...olds, context: news.context }, news);
    const { tags: found, ref } = state as Partial<ImageOutputs>;
    const wanted = news.tags as string[];
    for (const [index, tag] of wanted.entries()) {
      if (found && !found.includes(tag)) changes[`tags[${index}]`] ??= { kind: "add", inputDiff: false };
    }
    if (!ref || !found?.includes(ref)) changes.tags = { kind: "update", inputDiff: false };
    return { changes };
  },

  async create(call, news, preview) {
    const inputs = news as unknown as ImageInputs;
    if (preview) return { id: "", outputs: { ...unknownOutputs } };
    await refuseForeignTags(call, inputs.tags);
    const imageId = await build(call, inputs);
    return { id: nameOf(call.urn), outputs: await finish(call, inputs, imageId) };
  },

  async read(call, { state, olds }) {
    const docker = await call.docker();
    const { imageId, ref } = state as unknown as ImageOutputs;
    const found = await tagsOf(docker, imageId);
    if (!found) return undefined;
    const ours = wantedTags(olds as unknown as ImageInputs, ref).filter((tag) => found.includes(tag));
    return { tags: ours, digest: (await pushedDigest(docker, imageId, olds.repository as string)) ?? null };
  },

  async update(call, { state, olds }, news, preview) {
    const inputs = news as unknown as ImageInputs;
    const before = state as unknown as ImageOutputs & ImageInputs;
    const rebuild = !before.ref || isRebuilt(olds, news);
    if (preview) return rebuild ? { ...unknownOutputs } : { ...outputsOf(before), ...namesOf(inputs, before) };

    const docker = await call.docker();
    const owned = [...new Set([...wantedTags(olds as unknown as ImageInputs, before.ref), ...before.tags])];
    await refuseForeignTags(
      call,
      inputs.tags.filter((tag) => !owned.includes(tag)),
    );
    const current = await imageIdOf(docker, before.imageId);
    const imageId = rebuild || !current ? await build(call, inputs) : before.imageId;
    return await finish(call, inputs, imageId, { ...before, tags: owned });
  },

  async delete(call, { state, olds }) {
    const docker = await call.docker();
    const { imageId, ref, tags, retired = [] } = state as unknown as ImageOutputs;
    const ours = new Set([...wantedTags(olds as unknown as ImageInputs, ref), ...tags]);
    const others = ((await tagsOf(docker, imageId)) ?? []).filter((tag) => !ours.has(tag));
    const users = others.length > 0 ? [] : await containersOf(docker, imageId);
    if (users.length > 0) {
      throw new Error(
        `image ${ref ?? imageId} is used by container ${users.join(", ")}: remove it (\`docker rm\`) and run again.`,
      );
    }
    for (const tag of ours) await removeTag(docker, imageId, tag);
    for (const id of [imageId, ...retired]) await removeIfUnused(docker, id);
  },
};

const fields: Record<string, FieldType> = {
  context: "string",
  dockerfile: "string?",
  target: "string?",
  buildArgs: "map?",
  baseImages: "map?",
  repository: "string",
  tags: "list?",
  labels: "map?",
  platform: "string?",
  triggers: "map?",
};

const unknownOutputs = {
  digest: null,
  imageId: UNKNOWN,
  contentDigest: UNKNOWN,
  sizeBytes: UNKNOWN,
  layers: UNKNOWN,
  tags: UNKNOWN,
  ref: UNKNOWN,
};

function checkValues({ context, dockerfile, repository, tags, buildArgs, baseImages }: Properties): Failure[] {
  const failures: Failure[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });
  if (typeof context === "string" && !isUnknown(context)) {
    if (!existsSync(context))
      fail("context", `context "${context}" is not there: name a folder, relative to Pulumi.yaml`);
    else if (typeof dockerfile === "string" && !isUnknown(dockerfile) && !existsSync(join(context, dockerfile))) {
      fail(
        "dockerfile",
        `there is no ${dockerfile} in context "${context}": name one that is, relative to the context`,
      );
    }
  }
  if (typeof repository === "string" && !isUnknown(repository) && !isReference(`${repository}:latest`)) {
    fail("repository", `repository "${repository}" is no image name: use lower-case letters, digits and . _ - /`);
  }
  for (const tag of Array.isArray(tags) ? tags : []) {
    if (!isUnknown(tag) && !isReference(String(tag))) fail("tags", `tag "${tag}" is no reference: use repository:tag`);
  }
  for (const name of Object.keys(baseImages ?? {})) {
    if (name in ((buildArgs as object) ?? {}))
      fail("baseImages", `"${name}" is in buildArgs too: leave it in one of them`);
  }
  return failures;
}

async function hashFiles({ context, dockerfile }: Properties): Promise<unknown> {
  if (isUnknown(context) || isUnknown(dockerfile)) return UNKNOWN;
  return await hashContext(context as string, await listContext(context as string, dockerfile as string));
}

/** Whether anything changed that goes into the image; its names and the place of its context do not. */
function isRebuilt(olds: Properties, news: Properties): boolean {
  const unrelated = { context: undefined, tags: undefined, repository: undefined };
  return Object.keys(detailedDiff({ ...olds, ...unrelated }, { ...news, ...unrelated })).length > 0;
}

/** A tag that exists and that neither our state nor a Namespace of ours claims belongs to somebody else. */
async function refuseForeignTags(call: Call, tags: string[]): Promise<void> {
  const docker = await call.docker();
  for (const tag of tags.filter((name) => !call.claimed.has(name))) {
    const owner = await imageIdOf(docker, tag);
    if (!owner) continue;
    throw new Error(
      `tag ${tag} exists already on ${call.at.host} and is not this stack's (image ${owner.slice(0, 19)}): ` +
        `remove it (\`docker rmi ${tag}\`), choose another, or set cronium:namespace.`,
    );
  }
}

/** Reads what a built image holds, names it, and clears away what it supersedes. */
async function finish(call: Call, inputs: ImageInputs, imageId: string, before?: ImageOutputs): Promise<Properties> {
  const docker = await call.docker();
  const superseded = [...(before?.retired ?? []), ...(before ? [before.imageId] : [])];
  let outputs: ImageOutputs = { imageId, tags: before?.tags ?? [], retired: superseded };
  try {
    const content = await contentOf(call, inputs, imageId, before).catch(async (error) => {
      if (!isNotFound(error)) throw error;
      // Another stack that builds the same has rewritten and removed what was built: the same id for both.
      return contentOf(call, inputs, await build(call, inputs), before);
    });
    outputs = { ...outputs, ...content };
    const { ref, tags } = namesOf(inputs, outputs);
    outputs.ref = ref;
    for (const tag of tags) await setTag(docker, outputs.imageId, tag);
    const retired = await retire(call, outputs, tags);
    return {
      ...outputs,
      tags,
      retired,
      digest: (await pushedDigest(docker, outputs.imageId, inputs.repository)) ?? null,
    };
  } catch (error) {
    throw new PartialError({ id: nameOf(call.urn), outputs: { ...outputs } }, error);
  }
}

/** What an image holds, made the same on every engine; one with the content of before is dropped for that. */
async function contentOf(
  call: Call,
  inputs: ImageInputs,
  imageId: string,
  before?: ImageOutputs,
): Promise<Partial<ImageOutputs>> {
  if (before?.layers && before.imageId === imageId) {
    const { contentDigest, sizeBytes, layers } = before;
    return { contentDigest, sizeBytes, layers };
  }
  const docker = await call.docker();
  const made = await canonicalImage(docker, imageId, Number(inputs.buildArgs?.SOURCE_DATE_EPOCH ?? 0));
  if (before?.contentDigest !== made.contentDigest || before.imageId === made.imageId) return made;
  if (!(await imageIdOf(docker, before.imageId))) return made;
  await removeIfUnused(docker, made.imageId);
  return { ...made, imageId: before.imageId };
}

/** Takes our other names from superseded images and removes those that are free; returns the ids that have to wait. */
async function retire(call: Call, now: ImageOutputs, keep: string[]): Promise<string[] | undefined> {
  const docker = await call.docker();
  const ids = new Set([...(now.retired ?? []), now.imageId]);
  for (const tag of now.tags.filter((name) => !keep.includes(name))) {
    const named = await imageIdOf(docker, tag);
    if (!named || !ids.has(named)) continue;
    // An engine does not remove the last tag of an image in use, but it lets it move.
    await setTag(docker, now.imageId, tag);
    await removeTag(docker, now.imageId, tag);
  }
  ids.delete(now.imageId);
  const waiting: string[] = [];
  for (const id of ids) {
    if (!(await removeIfUnused(docker, id)) && (await tagsOf(docker, id))?.length === 0) waiting.push(id);
  }
  return waiting.length > 0 ? waiting : undefined;
}

/** The content tag and the sorted list of all tags. */
function namesOf({ repository, tags }: ImageInputs, { contentDigest }: ImageOutputs): { ref: string; tags: string[] } {
  const ref = `${repository}:sha-${contentDigest?.slice("sha256:".length, "sha256:".length + 12)}`;
  return { ref, tags: [...new Set([...tags, ref])].sort() };
}

function wantedTags({ tags }: ImageInputs, ref: string | undefined): string[] {
  return [...new Set([...(tags ?? []), ...(ref ? [ref] : [])])].sort();
}

function outputsOf({
  imageId,
  digest,
  contentDigest,
  sizeBytes,
  layers,
  tags,
  ref,
  retired,
}: ImageOutputs): ImageOutputs {
  return { imageId, digest, contentDigest, sizeBytes, layers, tags, ref, retired };
}
