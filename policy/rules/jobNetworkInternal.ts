import { network, type Typed } from "../resources";
import { ALWAYS, rule } from "../rule";

export const jobNetworkInternal = rule({
  name: "job-network-internal",
  description: "A network for jobs, which run other people's code, has no way out.",
  severity: "critical",
  source: "NIST 4.4.2",
  levels: ALWAYS,
  remedy: "set internal: a job reaches what it needs through the runtime API",
  on: (resource) => (isJobNetwork(resource) ? network(resource) : undefined),
  *check({ internal }) {
    if (internal !== true) yield "internal is not true";
  },
});

/** Networks whose resource is named after jobs: `jobs`, `team-jobs`, `job-network`. */
export function isJobNetwork(resource: Typed & { name: string }): boolean {
  return network(resource) !== undefined && /(^|[-_.])jobs?([-_.]|$)/.test(resource.name);
}
