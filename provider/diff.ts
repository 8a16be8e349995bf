import type { Properties } from "./properties";

/** How one property path changed. */
export type Change = "add" | "delete" | "update";

/**
 * Property paths, such as `files["cronium.sh"]`, `buildArgs.STRIP` or `tags[1]`, and how each changed: an input against
 * the input before (`inputDiff`), or an input against what exists.
 */
export type DetailedDiff = Record<string, { kind: Change; inputDiff: boolean }>;

/** Compares old with new inputs down to the leaves. */
export function detailedDiff(olds: Properties, news: Properties): DetailedDiff {
  const changes: DetailedDiff = {};
  compare(olds, news, "", changes);
  return changes;
}

/** The top-level property of a path. */
export function rootOf(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function compare(old: unknown, now: unknown, path: string, changes: DetailedDiff): void {
  const change = (kind: Change) => {
    changes[path] = { kind, inputDiff: true };
  };
  if (old === undefined && now === undefined) return;
  if (old === undefined) change("add");
  else if (now === undefined) change("delete");
  else if (Array.isArray(old) && Array.isArray(now)) {
    for (let i = 0; i < Math.max(old.length, now.length); i++) compare(old[i], now[i], `${path}[${i}]`, changes);
  } else if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      compare(old[key], now[key], join(path, key), changes);
    }
  } else if (old !== now) change("update");
}

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_]\w*$/.test(key)) return `${path}["${key.replaceAll('"', '\\"')}"]`;
  return path ? `${path}.${key}` : key;
}
