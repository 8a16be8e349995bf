import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noHostPid = rule({
  name: "no-host-pid",
  description: "No container sees the host's processes.",
  severity: "critical",
  source: "CIS 5.16",
  levels: ALWAYS,
  remedy: "leave pidMode out",
  on: runningContainer,
  *check({ pidMode }) {
    if (pidMode === "host") yield 'pidMode is "host"';
  },
});
