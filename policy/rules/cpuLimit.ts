import { rule, SHARED } from "../rule";
import { runningWorkload } from "../workload";

export const cpuLimit = rule({
  name: "cpu-limit",
  description: "Every container has a limit of processor time.",
  severity: "medium",
  source: "CIS 5.12",
  levels: SHARED,
  remedy: "set how much of the processors it may take",
  on: runningWorkload,
  *check({ cpus: { path, value } }) {
    if (!Number(value)) yield `${path} is not set`;
  },
});
