import { ALWAYS, each, rule } from "../rule";
import { runningWorkload } from "../workload";

export const noSharedPropagation = rule({
  name: "no-shared-propagation",
  description: "No mount of a container appears on the host.",
  severity: "high",
  source: "CIS 5.20",
  levels: ALWAYS,
  remedy: "use rprivate, the default",
  on: runningWorkload,
  *check({ mounts }) {
    yield* each(mounts, function* ({ path, propagation }) {
      if (propagation?.endsWith("shared")) yield `${path}.bindOptions.propagation is "${propagation}"`;
    });
  },
});
