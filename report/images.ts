import type { State } from "./events";
import type { ImageChange, Measured, Package, PackageChange } from "./model";
import type { ResourceSteps } from "./steps";
import { nameOf } from "./urn";
import { keysOf } from "./value";

/** The type of this project's image resource. */
export const IMAGE_TYPE = "cronium:index:Image";

/** Why a preview does not know what an image will hold. */
export const KNOWN_AT_UP = "not built: a preview builds nothing, the size is known at up";

/** The stack's images, with what the events know of them. */
export function imagesOf(resources: readonly ResourceSteps[], applied: boolean): ImageChange[] {
  return resources
    .filter(({ type }) => type === IMAGE_TYPE)
    .map(({ urn, op, failed, old, new: now, diff }): ImageChange => {
      const before = measuredOf(old);
      const after = op === "delete" ? undefined : (measuredOf(now) ?? (isRebuilt(op) ? undefined : before));
      const files = diff.flatMap(({ path, kind }) => {
        const [root, file] = keysOf(path);
        return root === "files" && file !== undefined ? [{ path: file, kind }] : [];
      });
      return {
        urn,
        name: nameOf(urn),
        op: isRebuilt(op) || op === "delete" ? op : "same",
        intermediate: isIntermediate(now ?? old),
        ...(typeof now?.inputs.from === "string" && { from: now.inputs.from }),
        files,
        ...(before && { before }),
        ...(after && !failed && { after }),
        ...((!after || failed) &&
          op !== "delete" && { notBuilt: failed ? "not built: the build failed" : whyNot(applied) }),
      };
    });
}

/** What is different between the packages of two images. */
export function comparePackages(before: readonly Package[], after: readonly Package[]): PackageChange[] {
  const versions = (packages: readonly Package[]) => {
    const found = new Map<string, { type: string; name: string; versions: string[] }>();
    for (const { type, name, version } of packages) {
      const entry = found.get(`${type} ${name}`) ?? { type, name, versions: [] };
      found.set(`${type} ${name}`, entry);
      entry.versions.push(version);
    }
    return found;
  };
  const [old, now] = [versions(before), versions(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key): PackageChange[] => {
    const [was, is] = [old.get(key), now.get(key)];
    const [first, second] = [was?.versions.sort().join(", "), is?.versions.sort().join(", ")];
    const { type, name } = (is ?? was) as { type: string; name: string };
    if (first === second) return [];
    const kind = first === undefined ? "added" : second === undefined ? "removed" : "changed";
    return [
      {
        kind,
        type,
        name,
        ...(first !== undefined && { before: first }),
        ...(second !== undefined && { after: second }),
      },
    ];
  });
}

function isRebuilt(op: ResourceSteps["op"]): op is "create" | "update" | "replace" {
  return op === "create" || op === "update" || op === "replace";
}

function isIntermediate(state: State | undefined): boolean {
  const tags = state?.inputs.tags;
  return Array.isArray(tags) && tags.length === 0;
}

function whyNot(applied: boolean): string {
  return applied ? "not built: up ended before" : KNOWN_AT_UP;
}

function measuredOf(state: State | undefined): Measured | undefined {
  const { ref, sizeBytes, layers } = (state?.outputs ?? {}) as { ref?: unknown; sizeBytes?: unknown; layers?: unknown };
  if (typeof sizeBytes !== "number" || !Array.isArray(layers)) return undefined;
  return { ...(typeof ref === "string" && { reference: ref }), sizeBytes, layers: layers as Measured["layers"] };
}
