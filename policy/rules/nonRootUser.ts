import { ALWAYS, rule } from "../rule";
import { isRoot } from "../users";
import { runningWorkload } from "../workload";

export const nonRootUser = rule({
  name: "non-root-user",
  description: "Every container runs as a user that is not root.",
  severity: "high",
  source: "CIS 4.1",
  levels: ALWAYS,
  remedy: 'set a numeric user and group, such as "1000:1000"',
  on: runningWorkload,
  *check({ user: { path, value } }) {
    if (!value) yield `${path} is not set`;
    else if (isRoot(value)) yield `${path} is "${value}"`;
  },
});
