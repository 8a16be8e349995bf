import { ALWAYS, matches, names, rule } from "../rule";
import { runningWorkload } from "../workload";

export const addsNoCapabilities = rule<{ capabilityAdds: { path: string; value?: readonly string[] } }, Settings>({
  name: "adds-no-capabilities",
  description: "No container adds a capability that is not on the list.",
  severity: "high",
  source: "CIS 5.4",
  levels: ALWAYS,
  remedy: "do without, or put the capability on this rule's list",
  settings: { allowed: names([], "capabilities that may be added, without CAP_") },
  on: runningWorkload,
  *check({ capabilityAdds: { path, value = [] } }, { allowed }) {
    for (const name of value) {
      if (!matches(name.toUpperCase().replace(/^CAP_/, ""), allowed)) yield `${path} has ${name}`;
    }
  },
});

interface Settings {
  allowed: readonly string[];
}
