import { ALWAYS, rule } from "../rule";
import { runningWorkload } from "../workload";

export const memoryLimit = rule({
  name: "memory-limit",
  description: "Every container has a memory limit.",
  severity: "high",
  source: "CIS 5.11",
  levels: ALWAYS,
  remedy: "set what the program needs at its worst",
  on: runningWorkload,
  *check({ memory: { path, value } }) {
    if (!value) yield `${path} is not set`;
  },
});
