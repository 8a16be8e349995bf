import { bootstrapImage } from "../docker/bootstrap";
import type { Docker } from "../docker/client";
import { pullImage } from "../docker/pull";
import { RegistryError } from "../docker/registry";
import { imageIdOf, isReference, layersDigest, removeIfUnused, removeTag, setTag } from "../docker/tags";
import { withProgress } from "./building";
import { detailedDiff } from "./diff";
import { checkFields, type FieldType } from "./fields";
import { isUnknown, type Properties, UNKNOWN } from "./properties";
import { type Call, nameOf, type ResourceKind } from "./resource";

/** The inputs of a builder's root. */
export interface RootInputs {
  repository: string;
  /** "bootstrap", "auto" or a reference by digest. */
  source: string;
  /** What "auto" tries first. */
  reference?: string;
  suite: string;
  platform?: string;
}

interface RootOutputs {
  imageId: string;
  /** The local name; empty when it names another image. */
  ref: string;
  /** "bootstrap" or the reference that was pulled. */
  origin: string;
  /** Digest of the layers: the same for the same files, whatever the image's id; a trigger for images built on it. */
  contentDigest: string;
}

/** `cronium:index:BuilderRoot`: the Debian that builder stages start from, under one local name. */
export const builderRoot: ResourceKind = {
  async check(_call, _olds, news) {
    const failures = checkFields(fields, news);
    const { source, reference } = news as unknown as RootInputs;
    const references = { source: ["auto", "bootstrap"].includes(source) ? undefined : source, reference };
    for (const [property, value] of Object.entries(references)) {
      if (!value || isUnknown(value) || typeof value !== "string" || BY_DIGEST.test(value)) continue;
      const words = property === "source" ? "auto, bootstrap or a reference by digest" : "a reference by digest";
      failures.push({ property, reason: `"${value}" must be ${words}, REPOSITORY@sha256:<64 hex digits>` });
    }
    if (!failures.length && !isUnknown(news.repository) && !isReference(localName(news as unknown as RootInputs))) {
      failures.push({ property: "repository", reason: `repository "${news.repository}" is no image name` });
    }
    return { failures, inputs: {} };
  },

  diff(state, olds, news) {
    const changes = detailedDiff(olds, news);
    if (state.ref !== localName(news as unknown as RootInputs)) changes.ref = { kind: "update", inputDiff: false };
    return { changes };
  },

  async create(call, news, preview) {
    const inputs = news as unknown as RootInputs;
    if (preview) return { id: "", outputs: { ...unknown, ref: localName(inputs) } };
    await refuseForeign(call, inputs);
    return { id: nameOf(call.urn), outputs: { ...(await make(call, inputs)) } };
  },

  async read(call, { state, olds }) {
    const docker = await call.docker();
    const { imageId } = state as unknown as RootOutputs;
    if (!(await imageIdOf(docker, imageId))) return undefined;
    const name = localName(olds as unknown as RootInputs);
    return { ref: (await imageIdOf(docker, name)) === imageId ? name : "" };
  },

  async update(call, { state, olds }, news, preview) {
    const inputs = news as unknown as RootInputs;
    const { imageId, origin, contentDigest } = state as unknown as RootOutputs;
    const existing: RootOutputs = { imageId, origin, contentDigest, ref: localName(inputs) };
    const again = isMadeAgain(olds, news);
    if (preview) return again ? { ...unknown, ref: existing.ref } : { ...existing };

    const docker = await call.docker();
    const before = localName(olds as unknown as RootInputs);
    if (before !== existing.ref) await refuseForeign(call, inputs);
    const made = again || !(await imageIdOf(docker, imageId)) ? await make(call, inputs) : existing;
    await setTag(docker, made.imageId, made.ref);
    if (before !== made.ref) await removeTag(docker, imageId, before);
    if (made.imageId !== imageId) await removeIfUnused(docker, imageId);
    return { ...made };
  },

  async delete(call, { state, olds }) {
    const docker = await call.docker();
    const { imageId } = state as unknown as RootOutputs;
    await removeTag(docker, imageId, localName(olds as unknown as RootInputs));
    await removeIfUnused(docker, imageId);
  },
};

const fields: Record<string, FieldType> = {
  repository: "string",
  source: "string",
  reference: "string?",
  suite: "string",
  platform: "string?",
};

const unknown = { imageId: UNKNOWN, origin: UNKNOWN, contentDigest: UNKNOWN };

const BY_DIGEST = /^[^@\s]+@sha256:[0-9a-f]{64}$/;

function localName({ repository }: RootInputs): string {
  return `${repository}:latest`;
}

async function refuseForeign(call: Call, inputs: RootInputs): Promise<void> {
  const ref = localName(inputs);
  if (call.claimed.has(ref) || !(await imageIdOf(await call.docker(), ref))) return;
  throw new Error(
    `tag ${ref} exists already and is not this stack's: remove it (\`docker rmi ${ref}\`) or set cronium:namespace.`,
  );
}

async function make(call: Call, inputs: RootInputs): Promise<RootOutputs> {
  const docker = await call.docker();
  const { imageId, origin } = await withProgress(call, (onLine) => obtainRoot(docker, inputs, { ...call, onLine }));
  const ref = localName(inputs);
  await setTag(docker, imageId, ref);
  return { imageId, ref, origin, contentDigest: await layersDigest(docker, imageId) };
}

/** Whether anything but the local name changed. */
function isMadeAgain(olds: Properties, news: Properties): boolean {
  return Object.keys(detailedDiff({ ...olds, repository: news.repository }, news)).length > 0;
}

/** Pulls the reference, or makes the root from packages: as `source` says, or as is possible. It has no name yet. */
export async function obtainRoot(
  docker: Docker,
  inputs: RootInputs,
  { login, onLine, signal }: Pick<Call, "login" | "signal"> & { onLine?: (line: string) => void },
): Promise<Pick<RootOutputs, "imageId" | "origin">> {
  const { source, suite, platform } = inputs;
  const reference = source === "auto" ? inputs.reference : source === "bootstrap" ? undefined : source;
  if (reference) {
    try {
      const imageId = await pullImage(docker, reference, {
        login: await login(reference),
        platform,
        onLine,
        signal,
      });
      return { imageId, origin: reference };
    } catch (error) {
      const away = error instanceof RegistryError && ["absent", "untrusted", "plain"].includes(error.failure);
      if (source !== "auto" || !away) throw pullError(reference, error);
      onLine?.(`${(error as Error).message}: making it from packages`);
    }
  }
  const imageId = await bootstrapImage(docker, { suite, platform, onLine, signal });
  return { imageId, origin: "bootstrap" };
}

function pullError(reference: string, error: unknown): Error {
  return new Error(
    `the builder's root ${reference} cannot be pulled: ${(error as Error).message} ` +
      "Mend the registry, or set cronium:builderRoot to another reference or to bootstrap.",
  );
}
