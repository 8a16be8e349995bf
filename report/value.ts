import { withoutCredentials } from "../docker/machine";
import type { Value } from "./model";

/** How Pulumi's events mark a secret, whose text they do not hold (sdk/go/common/resource/sig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** What stands in previews for values that are not known yet, one for each type (sdk/go/common/resource/plugin). */
const UNKNOWN = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Longer values are cut: a report is read by people. */
const MOST = 4000;

/** A value of an event as a report shows it: secrets and what is in them are only named so. */
export function toValue(raw: unknown): Value {
  if (raw === undefined) return { is: "absent" };
  if (isSecret(raw)) return { is: "secret" };
  if (isUnknown(raw)) return { is: "unknown" };
  const text = withoutCredentials(typeof raw === "string" ? raw : JSON.stringify(withoutMarks(raw)));
  return { is: "value", text: text.length > MOST ? `${text.slice(0, MOST)}… (${text.length} characters)` : text };
}

/** The value at a property path of Pulumi's, `labels[0].value` or `files["a.txt"]`; a secret for all that is in one. */
export function valueAt(properties: unknown, path: string): Value {
  let at: unknown = properties;
  for (const key of keysOf(path)) {
    if (isSecret(at) || isUnknown(at)) break;
    at = typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[key] : undefined;
  }
  return toValue(at);
}

/** The keys of a property path. */
export function keysOf(path: string): string[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, quoted, index, name]) => quoted?.replace(/\\(.)/g, "$1") ?? index ?? name ?? "",
  );
}

export function isUnknown(raw: unknown): boolean {
  return typeof raw === "string" && UNKNOWN.has(raw);
}

export function isSecret(raw: unknown): boolean {
  return typeof raw === "object" && raw !== null && (raw as Record<string, unknown>)[SIGNATURE] === SECRET;
}

/** Values inside of a value, with words for what is secret or unknown, and without what bridged providers note. */
function withoutMarks(raw: unknown): unknown {
  if (isSecret(raw)) return "[secret]";
  if (isUnknown(raw)) return "[known at up]";
  if (Array.isArray(raw)) return raw.map(withoutMarks);
  if (typeof raw !== "object" || raw === null) return raw;
  const entries = Object.entries(raw).filter(([key]) => !key.startsWith("__"));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutMarks(value)]));
}
