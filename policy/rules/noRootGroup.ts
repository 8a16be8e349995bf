import { ALWAYS, rule } from "../rule";
import { runningWorkload } from "../workload";

export const noRootGroup = rule({
  name: "no-root-group",
  description: "No container is in a group that is as good as root.",
  severity: "high",
  source: "NIST 4.4.3",
  levels: ALWAYS,
  remedy: "give the files it needs to a group of their own",
  on: runningWorkload,
  *check({ user, groups }) {
    const group = user.value?.split(":")[1];
    if (group !== undefined && POWERFUL.has(group)) yield `${user.path} is "${user.value}"`;
    for (const name of groups.value ?? []) if (POWERFUL.has(name)) yield `${groups.path} has ${name}`;
  },
});

const POWERFUL = new Set(["0", "root", "docker", "disk", "shadow", "sudo", "wheel"]);
