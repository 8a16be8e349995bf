import type { EngineEvent, State } from "./events";
import { IMAGE_TYPE } from "./images";
import type { Change, PropertyChange } from "./model";
import { count } from "./text";
import { nameOf } from "./urn";
import { isSecret, isUnknown, toValue, valueAt } from "./value";

/** All that an operation does to one resource, put together from its steps. */
export interface ResourceSteps {
  urn: string;
  type: string;
  op: Change["op"] | "same";
  failed: boolean;
  /** Before the operation. */
  old?: State;
  /** As wanted; with the outputs once it is made. */
  new?: State;
  diff: { path: string; kind: PropertyChange["kind"]; replaces: boolean }[];
  /** How long its steps took, in seconds; events have whole ones. */
  seconds: number;
}

/** Puts the steps of each resource together, in the order in which they began. */
export function stepsOf(events: readonly EngineEvent[]): ResourceSteps[] {
  const resources = new Map<string, ResourceSteps>();
  const began = new Map<string, number>();
  for (const event of events) {
    const { metadata } = event.resourcePreEvent ?? event.resOutputsEvent ?? event.resOpFailedEvent ?? {};
    if (!metadata) continue;
    const { urn, type } = metadata;
    const op = opOf(metadata.op);
    const found: ResourceSteps = resources.get(urn) ?? { urn, type, op, failed: false, diff: [], seconds: 0 };
    resources.set(urn, found);
    if (RANK[op] > RANK[found.op]) found.op = op;
    found.old ??= metadata.old ?? undefined;
    if (metadata.new) found.new = metadata.new;
    const diff = diffOf(metadata);
    if (diff.length > 0) found.diff = diff;
    const step = `${metadata.op} ${urn}`;
    if (event.resourcePreEvent) began.set(step, event.timestamp);
    else found.seconds += event.timestamp - (began.get(step) ?? event.timestamp);
    if (event.resOpFailedEvent) found.failed = true;
  }
  return [...resources.values()];
}

/** What changes, without what nobody wrote: the stack itself, components, default providers. */
export function changesOf(resources: readonly ResourceSteps[]): Change[] {
  const changed = resources.filter(({ op, failed }) => op !== "same" || failed);
  const sources = changed.map((resource) => ({
    name: nameOf(resource.urn),
    old: namesOf(resource.old),
    now: namesOf(resource.new),
  }));
  return changed.filter(isShown).map((resource): Change => {
    const { urn, type, op, failed, old } = resource;
    return {
      urn,
      name: nameOf(urn),
      type,
      op: op === "same" ? "update" : op,
      failed,
      protected: (old ?? resource.new)?.protect === true,
      losesData: VOLUMES.has(type) && (op === "delete" || op === "replace"),
      properties: propertiesOf(resource).map((property) => {
        const { before, after } = property;
        const source = sources.find(
          ({ name, old: was, now }) =>
            name !== nameOf(urn) &&
            before.is === "value" &&
            was.has(before.text) &&
            (after.is === "unknown" || (after.is === "value" && now.has(after.text))),
        );
        return { ...property, ...(source && { follows: source.name }) };
      }),
    };
  });
}

/** Whether a resource is one that somebody wrote, and not a way to group others. */
export function isShown({ urn, type, old, new: now }: ResourceSteps): boolean {
  const isDefault = type.startsWith("pulumi:providers:") && /^default(_|$)/.test(nameOf(urn));
  return type !== STACK && !isDefault && (now ?? old)?.custom === true;
}

/** How the stack's own outputs change; those of a program that did not come to its end are not known. */
export function outputsOf(resources: readonly ResourceSteps[]): PropertyChange[] {
  const stack = resources.find(({ type }) => type === STACK);
  if (!stack?.new) return [];
  const leaves = (outputs: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(outputs).flatMap(([key, value]) =>
        isPlain(value) ? Object.entries(value).map(([inner, leaf]) => [`${key}.${inner}`, leaf]) : [[key, value]],
      ),
    );
  return compare(leaves(stack.old?.outputs ?? {}), leaves(stack.new.outputs));
}

const STACK = "pulumi:pulumi:Stack";
const VOLUMES = new Set(["docker:index/volume:Volume"]);

const RANK: Readonly<Record<ResourceSteps["op"], number>> = {
  same: 0,
  read: 1,
  refresh: 1,
  import: 2,
  update: 2,
  create: 2,
  delete: 3,
  replace: 4,
};

/** The engine's words (pkg/engine/deploy): a replacement is three steps, of which the middle one may come first. */
function opOf(op: string): ResourceSteps["op"] {
  if (/replace|^discard-replaced$/.test(op))
    return op.startsWith("read") || op.startsWith("import") ? "import" : "replace";
  if (op === "discard") return "delete";
  return op in RANK ? (op as ResourceSteps["op"]) : "same";
}

function diffOf({ detailedDiff, diffs, keys }: NonNullable<EngineEvent["resourcePreEvent"]>["metadata"]) {
  if (detailedDiff) {
    return Object.entries(detailedDiff).map(([path, { diffKind }]) => ({
      path,
      kind: diffKind.replace(/-replace$/, "") as PropertyChange["kind"],
      replaces: diffKind.endsWith("-replace"),
    }));
  }
  return (diffs ?? []).map((path) => ({ path, kind: "update" as const, replaces: keys?.includes(path) ?? false }));
}

function propertiesOf({ type, op, old, new: now, diff }: ResourceSteps): PropertyChange[] {
  if (op === "delete") return [];
  if (op === "create") return compare({}, withCount(type, withoutDefaults(now?.inputs ?? {})));
  return diff.map(({ path, kind, replaces }) => {
    const at = (state: State | undefined) =>
      valueAt(path === "files" ? withCount(type, state?.inputs ?? {}) : state?.inputs, path);
    const [before, after] = [at(old), at(now)];
    // What differs from what exists is no input: then the outputs tell what was there.
    return { path, kind, replaces, before: before.is === "absent" ? valueAt(old?.outputs, path) : before, after };
  });
}

/** An object whose entries can be looked at one by one. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSecret(value);
}

/** A context's files are known by hashes, which tell a reader nothing: how many there are takes their place. */
function withCount(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const { files } = inputs;
  return type === IMAGE_TYPE && isPlain(files)
    ? { ...inputs, files: count(Object.keys(files).length, "file") }
    : inputs;
}

/** Bridged providers note which inputs nobody wrote. */
function withoutDefaults(inputs: Record<string, unknown>): Record<string, unknown> {
  const defaults = new Set(Array.isArray(inputs.__defaults) ? inputs.__defaults : []);
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !defaults.has(key)));
}

function compare(old: Record<string, unknown>, now: Record<string, unknown>): PropertyChange[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter((key) => !key.startsWith("__")).sort();
  return keys.flatMap((path): PropertyChange[] => {
    const [before, after] = [toValue(old[path]), toValue(now[path])];
    if (JSON.stringify(old[path]) === JSON.stringify(now[path])) return [];
    const kind = before.is === "absent" ? "add" : after.is === "absent" ? "delete" : "update";
    return [{ path, kind, replaces: false, before, after }];
  });
}

/** Texts that a resource is known by to others: its id, and outputs that are no inputs. */
function namesOf(state: State | undefined): Set<string> {
  const outputs = Object.entries(state?.outputs ?? {}).flatMap(([key, value]) =>
    key in (state?.inputs ?? {}) ? [] : [value],
  );
  const texts = [state?.id, ...outputs];
  return new Set(
    texts.filter((text): text is string => typeof text === "string" && text.length > 7 && !isUnknown(text)),
  );
}
