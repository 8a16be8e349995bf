import type { Config, Entry, ImageContents, Layer } from "./image";

/** One thing in which two images differ. */
export interface Difference {
  /** Counted from 1, from the lowest up; undefined for the config. */
  layer?: number;
  /** A path of the layer, or a field of the config. */
  path: string;
  /** What differs, the first image's value before the second's. */
  what: string;
}

/** Names each file of each layer, and each field of the config, in which two images differ. */
export function compareImages(first: ImageContents, second: ImageContents): Difference[] {
  const count = Math.max(first.layers.length, second.layers.length);
  const inLayers = Array.from({ length: count }, (_, index) => {
    const [one, other] = [first.layers[index], second.layers[index]];
    return one?.digest === other?.digest
      ? []
      : compareLayers(one, other).map((found) => ({ layer: index + 1, ...found }));
  });
  return [...inLayers.flat(), ...compareConfigs(first.config, second.config)];
}

function compareLayers(one: Layer = NONE, other: Layer = NONE): Difference[] {
  const paths = [...new Set([...one.entries.keys(), ...other.entries.keys()])].sort();
  const found = paths.flatMap((path) => {
    const what = compareEntries(one.entries.get(path), other.entries.get(path));
    return what.length > 0 ? [{ path, what: what.join(", ") }] : [];
  });
  const hidden = [...new Set([...one.hides, ...other.hides])]
    .filter((path) => one.hides.includes(path) !== other.hides.includes(path))
    .map((path) => ({ path, what: `deleted by ${one.hides.includes(path) ? "the first" : "the second"} alone` }));
  // The digests differ, so something does: what a tar has besides its files.
  return found.length + hidden.length > 0
    ? [...found, ...hidden]
    : [{ path: "/", what: "order of the files or form of the tar" }];
}

const NONE: Layer = { digest: "", entries: new Map(), hides: [] };

function compareEntries(one: Entry | undefined, other: Entry | undefined): string[] {
  if (!one || !other) return [`only in the ${one ? "first" : "second"}`];
  const fields: [string, string | number | undefined, string | number | undefined][] = [
    ["type", one.type, other.type],
    ["mode", one.mode.toString(8), other.mode.toString(8)],
    ["owner", `${one.uid}:${one.gid}`, `${other.uid}:${other.gid}`],
    ["time", one.mtime, other.mtime],
    ["target", one.target, other.target],
    ["capabilities", String(one.capabilities ?? false), String(other.capabilities ?? false)],
    ["size", one.size, other.size],
    ["content", one.sha256?.slice(0, 12), other.sha256?.slice(0, 12)],
  ];
  return fields.filter(([, a, b]) => a !== b).map(([name, a, b]) => `${name} ${a} and ${b}`);
}

function compareConfigs(one: Config, other: Config): Difference[] {
  const [first, second] = [flat(one), flat(other)];
  return [...new Set([...first.keys(), ...second.keys()])]
    .sort()
    .filter((path) => first.get(path) !== second.get(path))
    .map((path) => ({ path, what: `${first.get(path) ?? "not set"} and ${second.get(path) ?? "not set"}` }));
}

/** The leaves of a JSON value, by path. The layers' digests are left to the layers. */
function flat(value: unknown, path = ""): Map<string, string> {
  if (path === "rootfs") return new Map();
  if (typeof value !== "object" || value === null) return new Map([[path, JSON.stringify(value)]]);
  const entries = Object.entries(value).flatMap(([key, item]) => [...flat(item, path ? `${path}.${key}` : key)]);
  return new Map(entries);
}
