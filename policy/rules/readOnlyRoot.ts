import { ALWAYS, rule } from "../rule";
import { runningWorkload } from "../workload";

export const readOnlyRoot = rule({
  name: "read-only-root",
  description: "Every container's root file system is read-only.",
  severity: "high",
  source: "CIS 5.13",
  levels: ALWAYS,
  remedy: "set it to true and give the program a tmpfs or a volume where it writes",
  on: runningWorkload,
  *check({ readOnly: { path, value } }) {
    if (value !== true) yield `${path} is not true`;
  },
});
