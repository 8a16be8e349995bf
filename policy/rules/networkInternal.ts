import { type Network, network } from "../resources";
import { ADVISED, matches, names, type Resource, rule } from "../rule";
import { isJobNetwork } from "./jobNetworkInternal";

export const networkInternal = rule<Network, Settings>({
  name: "network-internal",
  description: "No network has a way out that is not on the list.",
  severity: "medium",
  source: "NIST 4.4.2",
  levels: ADVISED,
  remedy: "set internal, or put the network's name on this rule's list",
  settings: { allowed: names(["*egress*"], "names of networks that have a way out") },
  on: (resource) => (isJobNetwork(resource) ? undefined : network(resource)),
  *check({ internal, driver }, { allowed }, { name }: Resource) {
    if (internal !== true && driver !== "host" && !matches(name, allowed)) yield "internal is not true";
  },
});

interface Settings {
  allowed: readonly string[];
}
