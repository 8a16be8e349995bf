import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noPublishAll = rule({
  name: "no-publish-all",
  description: "No container publishes whatever ports its image names.",
  severity: "medium",
  source: "CIS 5.9",
  levels: ALWAYS,
  remedy: "name the ports that are needed in ports",
  on: runningContainer,
  *check({ publishAllPorts }) {
    if (publishAllPorts) yield "publishAllPorts is true";
  },
});
