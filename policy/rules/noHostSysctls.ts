import { ALWAYS, matches, names, rule } from "../rule";
import { runningWorkload, type Workload } from "../workload";

export const noHostSysctls = rule<Workload, Settings>({
  name: "no-host-sysctls",
  description: "No container changes a kernel setting that is not on the list.",
  severity: "medium",
  source: "NIST 4.4.3",
  levels: ALWAYS,
  remedy: "do without, or put the setting on this rule's list",
  settings: { allowed: names(["net.ipv4.ip_unprivileged_port_start"], "kernel settings that containers may change") },
  on: runningWorkload,
  *check({ sysctls: { path, value = {} } }, { allowed }) {
    for (const name of Object.keys(value)) if (!matches(name, allowed)) yield `${path} sets ${name}`;
  },
});

interface Settings {
  allowed: readonly string[];
}
