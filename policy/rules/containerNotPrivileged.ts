import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const containerNotPrivileged = rule({
  name: "container-not-privileged",
  description: "No container is privileged.",
  severity: "critical",
  source: "CIS 5.5",
  levels: ALWAYS,
  remedy: "leave privileged out and add the one capability that is needed",
  on: runningContainer,
  *check({ privileged }) {
    if (privileged) yield "privileged is true";
  },
});
