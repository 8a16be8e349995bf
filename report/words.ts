import { IMAGE_TYPE } from "./images";
import type { Change, ImageChange, PropertyChange, Report, Value } from "./model";
import { mandatory } from "./report";
import { bytes, count, difference } from "./text";
import { keysOf } from "./value";

/** What is said the same way in each form of a report; none of it is escaped. */

/** The outcome in a few words: what a reviewer reads first. */
export function headline(report: Report): string {
  const { outcome, operation, applied } = report;
  const what = operation === "preview" ? "preview" : "up";
  if (outcome === "blocked") return `blocked by policy: ${count(mandatory(report).length, "mandatory violation")}`;
  if (outcome === "failed") return applied ? "up failed part-way" : `${what} failed`;
  if (outcome === "interrupted") return applied ? "up was interrupted part-way" : `${what} was interrupted`;
  if (outcome === "unchanged") return "no changes";
  const counts = countOps(report.changes, operation === "preview" || !applied);
  return operation === "up" && !applied ? `not applied; it would be: ${counts}` : counts;
}

/** `2 to update, 1 to replace`, the most serious first. */
export function countOps(changes: readonly Change[], planned: boolean): string {
  const order = ["delete", "replace", "update", "create", "import", "refresh", "read"] as const;
  const parts = order.flatMap((op) => {
    const number = changes.filter((change) => change.op === op && !change.failed).length;
    return number === 0 ? [] : [planned ? `${number} to ${op}` : `${number} ${PAST[op]}`];
  });
  const failed = changes.filter((change) => change.failed).length;
  return [...(failed > 0 ? [`${failed} failed`] : []), ...parts].join(", ");
}

/** The symbol with which Pulumi shows an operation. */
export const SYMBOL: Readonly<Record<Change["op"] | "same", string>> = {
  create: "+",
  update: "~",
  replace: "+-",
  delete: "-",
  read: ">",
  import: "=",
  refresh: "~",
  same: " ",
};

/** `docker:index/container:Container` as `docker:Container`. */
export function shortType(type: string): string {
  const [pkg, module, name] = type.split(":");
  if (pkg === "pulumi" && module === "providers") return `${name} provider`;
  return name === undefined ? type : `${pkg}:${name}`;
}

export function valueText(value: Value): string {
  if (value.is === "value") return value.text;
  return { secret: "[secret]", unknown: "[known at up]", absent: "[none]" }[value.is];
}

/** What happens to a property: `image: a → [known at up]`. */
export function propertyText(change: Change, { path, kind, before, after, follows, replaces }: PropertyChange): string {
  const why = `${follows === undefined ? "" : `, follows ${follows}`}${replaces ? ", forces the replacement" : ""}`;
  // A context's files are known by hashes, which tell a reader nothing.
  if (isFile(change, path)) return `${keysOf(path)[1] ?? path}: ${FILE[kind]}${why}`;
  if (kind === "add" && before.is === "absent") return `${path}: ${valueText(after)}${why}`;
  if (before.is === "secret" && after.is === "secret") return `${path}: [secret], changed${why}`;
  const [was, is] = [valueText(before), valueText(after)];
  if (was === is) return `${path}: ${is}, a secret in it changed${why}`;
  return `${path}: ${was} → ${is}${why}`;
}

export function propertySymbol({ kind }: PropertyChange): string {
  return { add: "+", delete: "-", update: "~" }[kind];
}

/** Why a resource changes, in a line. */
export function reason(change: Change): string {
  const { op, properties } = change;
  if (op === "delete") return "no longer in the program";
  if (op === "create") return "new";
  // Pulumi deletes first what depends on a resource that is deleted before its replacement is made.
  if (op === "replace" && properties.length === 0) return "what it uses is replaced";
  const forcing = properties.filter(({ replaces }) => replaces);
  const shown = (forcing.length > 0 ? forcing : properties).map(({ path, follows }) => {
    const name = isFile(change, path) ? (keysOf(path)[1] ?? path) : path;
    return `${name}${follows === undefined ? "" : ` (follows ${follows})`}`;
  });
  const more = shown.length > 4 ? [`${shown.length - 4} more`] : [];
  return [...shown.slice(0, 4), ...more].join(", ");
}

export function sizeBefore({ before }: ImageChange): string {
  return before ? bytes(before.sizeBytes) : "—";
}

export function sizeAfter({ after, notBuilt, op }: ImageChange): string {
  if (after) return bytes(after.sizeBytes);
  return op === "delete" ? "deleted" : notBuilt === undefined ? "—" : "not built";
}

export function sizeDifference({ before, after }: ImageChange): string {
  return before && after ? difference(before.sizeBytes, after.sizeBytes) : "";
}

/** What changed in an image's context; empty where nothing did but what it is built on. */
export function contextFiles({ op, files, from }: ImageChange): string[] {
  if (op === "same" || op === "delete") return [];
  if (from !== undefined) return [`from ${from}`];
  if (op === "create") return ["new image"];
  return files.map(({ path, kind }) => `${{ add: "+", delete: "−", update: "~" }[kind]} ${path}`);
}

/** Bytes of the layers that the new image has and the old one had not: what a machine with the old one has to fetch. */
export function newBytes({ before, after }: ImageChange): number | undefined {
  if (!after) return undefined;
  const old = new Set(before?.layers.map(({ digest }) => digest));
  return after.layers.filter(({ digest }) => !old.has(digest)).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

const PAST: Readonly<Record<Change["op"], string>> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  read: "read",
  import: "imported",
  refresh: "refreshed",
};

const FILE = { add: "new file", delete: "file removed", update: "file changed" } as const;

function isFile({ type }: Change, path: string): boolean {
  return type === IMAGE_TYPE && /^files[.[]/.test(path);
}
