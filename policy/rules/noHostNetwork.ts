import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noHostNetwork = rule({
  name: "no-host-network",
  description: "No container is on the host's network.",
  severity: "critical",
  source: "CIS 5.10",
  levels: ALWAYS,
  remedy: "put the container on a network of the stack and publish the ports it needs",
  on: runningContainer,
  *check({ networkMode }) {
    if (networkMode === "host") yield 'networkMode is "host"';
  },
});
