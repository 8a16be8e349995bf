import { runningContainer } from "../resources";
import { each, rule, SHARED } from "../rule";
import { runningWorkload } from "../workload";

export const restrictedTmpfs = rule({
  name: "restricted-tmpfs",
  description: "No tmpfs takes the host's memory or runs what was written to it.",
  severity: "medium",
  source: "OWASP D07",
  levels: SHARED,
  remedy: "give it a size, and in tmpfs noexec, nosuid and nodev",
  on: (resource) => {
    const workload = runningWorkload(resource);
    return workload && { workload, tmpfs: runningContainer(resource)?.tmpfs ?? {} };
  },
  *check({ workload, tmpfs }) {
    yield* each(Object.keys(tmpfs), function* (target) {
      const options = (tmpfs[target] ?? "").split(",");
      const missing = ["noexec", "nosuid", "nodev"].filter((option) => !options.includes(option));
      if (!options.some((option) => option.startsWith("size="))) missing.push("size");
      if (missing.length > 0) yield `tmpfs.${target} has no ${missing.join(", ")}`;
    });
    yield* each(workload.mounts, function* ({ path, kind, size }) {
      if (kind === "tmpfs" && !size) yield `${path} has no tmpfsOptions.sizeBytes`;
    });
  },
});
