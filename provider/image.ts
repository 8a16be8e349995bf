import { canonicalImage } from "../docker/canonical";
import { isNotFound } from "../docker/client";
import { readImageContent } from "../docker/image";
import { imageIdOf, removeIfUnused, removeTag, setTag, tagsOf } from "../docker/tags";
import { build } from "./building";
import { detailedDiff } from "./diff";
import { checkImage, type ImageInputs } from "./image-inputs";
import { type Properties, UNKNOWN } from "./properties";
import { askRegistry, contentTag, publish, pullFrom, pushedTag, readPublished } from "./publishing";
import { type Call, nameOf, PartialError, type ResourceKind } from "./resource";

/** What is known of an image that exists, beyond its inputs. */
interface ImageOutputs {
  imageId: string;
  /** Of the manifest in a registry; null for an image that is in none: a preview takes an output that is missing for unknown. */
  digest?: string | null;
  contentDigest?: string;
  sizeBytes?: number;
  layers?: { digest: string; sizeBytes: number }[];
  config?: ImageConfig;
  /** The wanted tags that name the image. */
  tags: string[];
  /** `repository:sha-<12 hex digits>`, which names the image on this engine. */
  contentTag?: string;
  /** `repository@digest` for an image that is in a registry, else the content tag. */
  ref?: string;
  /** Ids of images that this one superseded while a container used them; removed when they are free. */
  retired?: string[];
}

/** What an image says of how it is run. */
interface ImageConfig {
  user: string;
  /** The command of the health check, as in a Dockerfile; empty for none. */
  healthcheck: string[];
  labels: Record<string, string>;
}

/**
 * `cronium:index:Image`: an image that the engine's BuildKit builds from a context of the project and may push, or one that a
 * registry holds. What is to be in or from a registry and is not, is dropped from the state by Read, as tags are.
 */
export const image: ResourceKind = {
  check: (_call, _olds, news) => checkImage(news),

  diff(state, olds, news) {
    // Where the context lies is no property of what is in it.
    const context = olds.context === undefined ? undefined : (news.context ?? olds.context);
    const changes = detailedDiff({ ...olds, context }, news);
    const { tags: found, contentTag: named } = state as Partial<ImageOutputs>;
    const wanted = news.tags as string[];
    for (const [index, tag] of wanted.entries()) {
      if (found && !found.includes(tag)) changes[`tags[${index}]`] ??= { kind: "add", inputDiff: false };
    }
    if (!named || !found?.includes(named)) changes.tags = { kind: "update", inputDiff: false };
    for (const key of ["push", "from"]) {
      if (news[key] && !state[key]) changes[key] ??= { kind: "add", inputDiff: false };
    }
    return { changes };
  },

  async create(call, news, preview) {
    const inputs = news as unknown as ImageInputs;
    if (preview) return { id: "", outputs: unknownOutputs(inputs) };
    await refuseForeignTags(call, inputs.tags);
    const imageId = await obtain(call, inputs);
    return { id: nameOf(call.urn), outputs: await finish(call, inputs, imageId) };
  },

  async read(call, { state, olds }) {
    const docker = await call.docker();
    const outputs = state as unknown as ImageOutputs;
    const inputs = olds as unknown as ImageInputs;
    const found = await tagsOf(docker, outputs.imageId);
    if (!found) return undefined;
    const tags = wantedTags(inputs, outputs).filter((tag) => found.includes(tag));
    const { there, digest } = await readPublished(call, inputs, outputs);
    return { tags, digest, push: there ? inputs.push : undefined, from: there ? inputs.from : undefined };
  },

  async update(call, { state, olds }, news, preview) {
    const inputs = news as unknown as ImageInputs;
    const recorded = olds as unknown as ImageInputs;
    const before = state as unknown as ImageOutputs & ImageInputs;
    const rebuild = !before.ref || isRebuilt(olds, news);
    if (preview) return rebuild ? unknownOutputs(inputs) : previewOf(inputs, before);

    const docker = await call.docker();
    const owned = [...new Set([...wantedTags(recorded, before), ...before.tags])];
    await refuseForeignTags(
      call,
      inputs.tags.filter((tag) => !owned.includes(tag)),
    );
    const current = await imageIdOf(docker, before.imageId);
    const forgotten = inputs.from && !before.from;
    const imageId = rebuild || !current || forgotten ? await obtain(call, inputs) : before.imageId;
    return await finish(call, inputs, imageId, { ...before, tags: owned, push: recorded.push });
  },

  async delete(call, { state, olds }) {
    const docker = await call.docker();
    const outputs = state as unknown as ImageOutputs;
    const { imageId, tags, retired = [] } = outputs;
    const ours = new Set([...wantedTags(olds as unknown as ImageInputs, outputs), ...tags]);
    for (const tag of ours) await removeTag(docker, imageId, tag);
    for (const id of [imageId, ...retired]) await removeIfUnused(docker, id);
  },
};

/** What a preview knows of an image that will be made. */
function unknownOutputs({ push, from }: ImageInputs): Properties {
  const content = { contentDigest: UNKNOWN, sizeBytes: UNKNOWN, layers: UNKNOWN, config: UNKNOWN };
  const unknown = { imageId: UNKNOWN, ...content, tags: UNKNOWN };
  if (from) return { ...unknown, contentTag: UNKNOWN, digest: from.slice(from.indexOf("@") + 1), ref: from };
  return { ...unknown, contentTag: UNKNOWN, digest: push ? UNKNOWN : null, ref: UNKNOWN };
}

/** What a preview knows of an image that stays and gets other names. */
function previewOf(inputs: ImageInputs, before: ImageOutputs & ImageInputs): Properties {
  const { imageId, contentDigest, sizeBytes, layers, config, retired } = before;
  const pushes = inputs.push && inputs.push !== before.push;
  const digest = pushes ? UNKNOWN : inputs.push || inputs.from ? before.digest : null;
  const names = namesOf(inputs, { ...before, digest });
  const kept = { imageId, contentDigest, sizeBytes, layers, config, retired, digest };
  return { ...kept, ...names, ...(pushes && { ref: UNKNOWN }) };
}

/** Builds the image or pulls it. */
async function obtain(call: Call, inputs: ImageInputs): Promise<string> {
  if (inputs.from) return await pullFrom(call, inputs.from, inputs.platform);
  await askRegistry(call, inputs);
  return await build(call, inputs);
}

/** Whether anything changed that goes into the image; its names and the place of its context do not. */
function isRebuilt(olds: Properties, news: Properties): boolean {
  const unrelated = { context: undefined, tags: undefined, repository: undefined, push: undefined };
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

/** Reads what an image holds, brings it to its registry, names it, and clears away what it supersedes. */
async function finish(
  call: Call,
  inputs: ImageInputs,
  imageId: string,
  before?: ImageOutputs & { push?: string },
): Promise<Properties> {
  const docker = await call.docker();
  const superseded = [...(before?.retired ?? []), ...(before ? [before.imageId] : [])];
  let outputs: ImageOutputs = { imageId, tags: before?.tags ?? [], retired: superseded };
  let published = false;
  try {
    const content = await contentOf(call, inputs, imageId, before).catch(async (error) => {
      if (inputs.from || !isNotFound(error)) throw error;
      // Another stack that builds the same has rewritten and removed what was built: the same id for both.
      return contentOf(call, inputs, await build(call, inputs), before);
    });
    outputs = { ...outputs, ...content };
    outputs.config = await configOf(call, outputs.imageId);
    outputs.digest = await publish(call, inputs, outputs, before);
    published = true;
    const { tags, ...names } = namesOf(inputs, outputs);
    outputs = { ...outputs, ...names };
    for (const tag of tags) await setTag(docker, outputs.imageId, tag);
    const retired = await retire(call, outputs, tags);
    return { ...outputs, tags, retired };
  } catch (error) {
    if (outputs.contentDigest && !published) {
      // Nothing has its name yet: an image that its registry does not take is as if it had not been built.
      if (outputs.imageId !== before?.imageId) await removeIfUnused(docker, outputs.imageId);
      throw error;
    }
    throw new PartialError({ id: nameOf(call.urn), outputs: { ...outputs } }, error);
  }
}

/** What an image holds; one built is made the same on every engine, and one with the content of before is dropped for that. */
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
  if (inputs.from) return { imageId, ...(await readImageContent(docker, imageId)) };
  const made = await canonicalImage(docker, imageId, Number(inputs.buildArgs?.SOURCE_DATE_EPOCH ?? 0));
  if (before?.contentDigest !== made.contentDigest || before.imageId === made.imageId) return made;
  if (!(await imageIdOf(docker, before.imageId))) return made;
  await removeIfUnused(docker, made.imageId);
  return { ...made, imageId: before.imageId };
}

async function configOf(call: Call, imageId: string): Promise<ImageConfig> {
  const { Config } = await (await call.docker()).getImage(imageId).inspect();
  return { user: Config.User ?? "", healthcheck: Config.Healthcheck?.Test ?? [], labels: Config.Labels ?? {} };
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

/** The names that an image is to have: on the engine, and for those who look for it. */
function namesOf(inputs: ImageInputs, { contentDigest, digest }: Partial<ImageOutputs>) {
  const { repository, push, from, tags } = inputs;
  const local = `${repository}:${contentTag(contentDigest)}`;
  const all = [...tags, local, ...(push ? [pushedTag(push, contentDigest)] : [])];
  return {
    contentTag: local,
    ref: from ?? (push ? `${push}@${digest}` : local),
    tags: [...new Set(all)].sort(),
  };
}

function wantedTags(inputs: ImageInputs, { contentDigest }: Partial<ImageOutputs>): string[] {
  return contentDigest ? namesOf(inputs, { contentDigest }).tags : [...(inputs.tags ?? [])];
}
