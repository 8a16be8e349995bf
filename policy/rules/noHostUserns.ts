import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noHostUserns = rule({
  name: "no-host-userns",
  description: "No container leaves the engine's user namespace.",
  severity: "high",
  source: "CIS 5.31",
  levels: ALWAYS,
  remedy: "leave usernsMode out",
  on: runningContainer,
  *check({ usernsMode }) {
    if (usernsMode === "host") yield 'usernsMode is "host"';
  },
});
