import { randomUUID } from "node:crypto";
import { type Claim, type EngineNames, existing, makeClaim, readClaim, removeClaim } from "../docker/claim";
import { detailedDiff } from "./diff";
import { checkFields, type Failure, type FieldType } from "./fields";
import { type Properties, UNKNOWN } from "./properties";
import type { Call, ResourceKind } from "./resource";

interface NamespaceInputs extends EngineNames {
  /** Empty for plain names. */
  name: string;
  stack: string;
  owner: string;
  /** The volume that carries the claim. */
  volume: string;
}

/**
 * `cronium:index:Namespace`: a stack's claim on its names on the engine, a volume with labels. It is the first resource of
 * a stack, so that a stack whose names are taken fails in its preview, before it changes anything.
 */
export const namespace: ResourceKind = {
  async check(call, olds, news) {
    const failures = checkFields(fields, news);
    if (failures.length > 0) return { failures, inputs: {} };
    const inputs = namesOf(news);
    // Names that were claimed stay ours through a replacement, when the engine asks again without the old inputs.
    const before = olds ? namesOf(olds) : seen.get(call.urn);
    if (olds) seen.set(call.urn, before as NamespaceInputs);
    const failure = await taken(call, inputs, before);
    if (!failure) for (const tag of inputs.tags) call.claimed.add(tag);
    return { failures: failure ? [failure] : [], inputs: {} };
  },

  diff(state, olds, news) {
    const changes = detailedDiff({ ...olds, owner: news.owner }, news);
    if (state.claim === "") changes.claim = { kind: "update", inputDiff: false };
    return { changes, replaces: ["name", "volume"].filter((key) => key in changes) };
  },

  async create(call, news, preview) {
    if (preview) return { id: "", outputs: { claim: UNKNOWN } };
    const id = randomUUID();
    return { id, outputs: await claim(call, id, news as unknown as NamespaceInputs) };
  },

  async read(call, { id, olds }) {
    const found = await readClaim(await call.docker(), olds.volume as string);
    if (!found) return { claim: "" };
    return found.id === id ? { claim: id } : undefined;
  },

  async update(call, { id }, news, preview) {
    return preview ? { claim: id } : await claim(call, id, news as unknown as NamespaceInputs);
  },

  async delete(call, { id, state }) {
    await removeClaim(await call.docker(), state.volume as string, id);
  },
};

const fields: Record<string, FieldType> = {
  name: "string",
  stack: "string",
  owner: "string",
  volume: "string",
  tags: "list",
  containers: "list",
  networks: "list",
  volumes: "list",
};

const seen = new Map<string, NamespaceInputs>();

function namesOf(properties: Properties): NamespaceInputs {
  const list = (key: string) => (properties[key] ?? []) as string[];
  const inputs = properties as unknown as NamespaceInputs;
  return {
    ...inputs,
    tags: list("tags"),
    containers: list("containers"),
    networks: list("networks"),
    volumes: list("volumes"),
  };
}

/** Sets the claim; fails if another stack has it. */
async function claim(call: Call, id: string, { volume, stack, owner }: NamespaceInputs): Promise<Properties> {
  const holder = await makeClaim(await call.docker(), volume, { id, stack, owner });
  if (holder.id !== id) throw new Error(refusal(call, [], volume, holder).reason);
  return { claim: id };
}

/** What keeps the stack from having names that it did not have before. */
async function taken(call: Call, names: NamespaceInputs, before?: NamespaceInputs): Promise<Failure | undefined> {
  const fresh = (key: keyof EngineNames) => names[key].filter((name) => !before?.[key].includes(name));
  const wanted = {
    tags: fresh("tags"),
    containers: fresh("containers"),
    networks: fresh("networks"),
    volumes: fresh("volumes"),
  };
  const another = names.volume !== before?.volume;
  if (!another && Object.values(wanted).every((list) => list.length === 0)) return undefined;
  const docker = await call.docker();
  const holder = another ? await readClaim(docker, names.volume) : undefined;
  const there = await existing(docker, wanted);
  return holder || there.length > 0 ? refusal(call, there, names.volume, holder) : undefined;
}

function refusal(call: Call, there: string[], volume: string, holder: Claim | undefined): Failure {
  const reason = [
    ...(holder
      ? [`the names of this stack are taken on ${call.at.host}: volume ${volume} is the claim of ${words(holder)}`]
      : []),
    ...(there.length > 0 ? [`on ${call.at.host} exist already: ${there.join(", ")}`] : []),
    "Ways out: " +
      [
        "use names of your own (`pulumi config set cronium:namespace NAME`)",
        holder ? "destroy the other stack from where its state is" : "remove what is there, if nobody needs it",
        ...(holder ? [`if that state is lost, remove what is there and then \`docker volume rm ${volume}\``] : []),
      ].join("; ") +
      ".",
  ];
  return { property: "", reason: reason.join("\n") }; // no one property is at fault
}

function words({ stack, owner }: Claim): string {
  return stack ? `stack ${stack} of ${owner}` : "something that is no stack of Cronium";
}
