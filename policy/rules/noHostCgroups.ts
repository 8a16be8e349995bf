import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noHostCgroups = rule({
  name: "no-host-cgroups",
  description: "No container sees the host's control groups.",
  severity: "medium",
  source: "NIST 4.4.3",
  levels: ALWAYS,
  remedy: "use private",
  on: runningContainer,
  *check({ cgroupnsMode }) {
    if (cgroupnsMode === "host") yield 'cgroupnsMode is "host"';
  },
});
