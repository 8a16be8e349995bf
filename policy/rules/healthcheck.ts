import { runningContainer, service } from "../resources";
import { rule, SHARED } from "../rule";
import { runningWorkload } from "../workload";

export const healthcheck = rule({
  name: "healthcheck",
  description: "Every container that has to run has a health check.",
  severity: "medium",
  source: "CIS 5.27",
  levels: SHARED,
  remedy: "set a command that fails when the program does not do its work",
  on: (resource) => {
    const lasts = service(resource) || runningContainer(resource)?.mustRun !== false;
    return lasts ? runningWorkload(resource) : undefined;
  },
  *check({ healthcheck: { path, value = [] } }) {
    if (value.length === 0) yield `${path} is not set`;
    else if (value[0] === "NONE") yield `${path} is ["NONE"]`;
  },
});
