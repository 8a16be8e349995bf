import { network } from "../resources";
import { rule, SHARED } from "../rule";

export const networkHidesHost = rule({
  name: "network-hides-host",
  description: "On an internal bridge, containers do not reach what listens on the host.",
  severity: "high",
  source: "NIST 4.4.2",
  levels: SHARED,
  remedy: `set options["com.docker.network.bridge.inhibit_ipv4"] to "true": the bridge's own address is the host`,
  on: network,
  *check({ driver = "bridge", internal, options = {} }) {
    if (driver !== "bridge" || !internal) return;
    const isolated = options["com.docker.network.bridge.gateway_mode_ipv4"] === "isolated";
    const value = options["com.docker.network.bridge.inhibit_ipv4"];
    if (!isolated && value !== "true") yield `inhibit_ipv4 is ${value ?? "not set"}`;
  },
});
