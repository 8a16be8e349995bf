import { eachResource, SHARED, stackRule } from "../rule";
import { runningWorkload } from "../workload";

export const singleWriterVolume = stackRule({
  name: "single-writer-volume",
  description: "No volume is written by two containers.",
  severity: "medium",
  source: "practice",
  levels: SHARED,
  remedy: "set readOnly for all but the one that owns the data",
  *checkStack(stack) {
    const writers = new Map<string, string>();
    yield* eachResource(stack, function* (resource) {
      for (const { path, kind, source, readOnly } of runningWorkload(resource)?.mounts ?? []) {
        if (kind !== "volume" || readOnly || !source) continue;
        const writer = writers.get(source);
        if (writer) yield `${path} mounts ${source} writable, as ${writer} does`;
        else writers.set(source, resource.name);
      }
    });
  },
});
