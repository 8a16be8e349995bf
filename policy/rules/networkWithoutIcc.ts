import { network } from "../resources";
import { rule, SHARED } from "../rule";

export const networkWithoutIcc = rule({
  name: "network-without-icc",
  description: "On a bridge with a way out, containers do not reach each other.",
  severity: "medium",
  source: "CIS 2.2",
  levels: SHARED,
  remedy: `set options["com.docker.network.bridge.enable_icc"] to "false", and let containers meet on an internal network`,
  on: network,
  *check({ driver = "bridge", internal, options = {} }) {
    const value = options["com.docker.network.bridge.enable_icc"];
    if (driver === "bridge" && !internal && value !== "false") yield `enable_icc is ${value ?? "not set"}`;
  },
});
