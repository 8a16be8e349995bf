import { each, rule, SHARED } from "../rule";
import { runningWorkload } from "../workload";

export const readOnlyBind = rule({
  name: "read-only-bind",
  description: "No container writes to a path of the host.",
  severity: "medium",
  source: "NIST 4.5.5",
  levels: SHARED,
  remedy: "set readOnly, or mount a volume",
  on: runningWorkload,
  *check({ mounts }) {
    yield* each(mounts, function* ({ path, kind, source, readOnly }) {
      if (kind === "bind" && !readOnly) yield `${path} mounts ${source} writable`;
    });
  },
});
