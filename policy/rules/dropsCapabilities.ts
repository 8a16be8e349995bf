import { ALWAYS, rule } from "../rule";
import { runningWorkload } from "../workload";

export const dropsCapabilities = rule({
  name: "drops-capabilities",
  description: "Every container drops all capabilities.",
  severity: "high",
  source: "CIS 5.4",
  levels: ALWAYS,
  remedy: 'drop "ALL" and add those that are needed',
  on: runningWorkload,
  *check({ capabilityDrops: { path, value = [] } }) {
    if (!value.some((name) => name.toUpperCase() === "ALL")) yield `${path} is ${JSON.stringify(value)}`;
  },
});
