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
      // A socket is written to by whoever is let in, whatever the mount says.
      if (kind === "bind" && !readOnly && !source?.endsWith(".sock")) yield `${path} mounts ${source} writable`;
    });
  },
});
