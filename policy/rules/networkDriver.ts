import { type Network, network } from "../resources";
import { ALWAYS, names, rule } from "../rule";

export const networkDriver = rule<Network, Settings>({
  name: "network-driver",
  description: "No network puts containers on the host's own network or that of its neighbours.",
  severity: "high",
  source: "NIST 4.4.2",
  levels: ALWAYS,
  remedy: "use bridge, or overlay in a swarm",
  settings: { allowed: names(["bridge", "overlay"], "drivers that networks may have") },
  on: network,
  *check({ driver = "bridge" }, { allowed }) {
    if (!allowed.includes(driver)) yield `driver is "${driver}"`;
  },
});

interface Settings {
  allowed: readonly string[];
}
