import { type Container, runningContainer } from "../resources";
import { rule, SHARED } from "../rule";

export const restartPolicy = rule<Container, Settings>({
  name: "restart-policy",
  description:
    "Every container that has to run comes back after a fault, and stays away when it was stopped or never starts.",
  severity: "low",
  source: "CIS 5.15",
  levels: SHARED,
  remedy: "use unless-stopped, or on-failure with maxRetryCount",
  settings: {
    maximumRetries: { type: "integer", minimum: 1, default: 5, description: "the most that maxRetryCount may be" },
  },
  on: runningContainer,
  *check({ restart, mustRun, maxRetryCount = 0 }, { maximumRetries }) {
    if (restart === "on-failure") {
      if (maxRetryCount < 1 || maxRetryCount > maximumRetries) yield `maxRetryCount is ${maxRetryCount || "not set"}`;
    } else if (restart !== "unless-stopped" && (restart === "always" || mustRun !== false)) {
      yield `restart is ${restart ? `"${restart}"` : "not set"}`;
    }
  },
});

interface Settings {
  maximumRetries: number;
}
