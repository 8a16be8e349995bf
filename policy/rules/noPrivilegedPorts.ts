import { each, rule, SHARED } from "../rule";
import { runningWorkload, type Workload } from "../workload";

export const noPrivilegedPorts = rule<Workload, Settings>({
  name: "no-privileged-ports",
  description: "No port under 1024 of the host is published unless it is on the list.",
  severity: "low",
  source: "CIS 5.8",
  levels: SHARED,
  remedy: "use a port from 1024 on, or put the port on this rule's list",
  settings: {
    allowed: {
      type: "array",
      items: { type: "integer" },
      default: [],
      description: "ports under 1024 that may be published",
    },
  },
  on: runningWorkload,
  *check({ publishedPorts }, { allowed }) {
    yield* each(publishedPorts, function* ({ path, value = 0 }) {
      if (value > 0 && value < 1024 && !allowed.includes(value)) yield `${path} is ${value}`;
    });
  },
});

interface Settings {
  allowed: readonly number[];
}
