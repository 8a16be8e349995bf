import { runningContainer } from "../resources";
import { ALWAYS, each, rule } from "../rule";

export const boundPorts = rule({
  name: "bound-ports",
  description: "No port is published on every address of the host.",
  severity: "high",
  source: "CIS 5.14",
  levels: ALWAYS,
  remedy: 'set ip to one address, such as "127.0.0.1"',
  on: runningContainer,
  *check({ ports }) {
    yield* each(ports, function* ({ internal, ip }, i) {
      if (!ip || ip === "0.0.0.0" || ip === "::") yield `ports[${i}] publishes ${internal} on every address`;
    });
  },
});
