import { rule, SHARED } from "../rule";
import { runningWorkload } from "../workload";

export const rotatedLogs = rule({
  name: "rotated-logs",
  description: "No container's log fills the disk.",
  severity: "medium",
  source: "OWASP D07",
  levels: SHARED,
  remedy: "use json-file with max-size and max-file, or local",
  on: runningWorkload,
  *check({ logDriver, logOptions }) {
    if (logDriver.value && logDriver.value !== "json-file") return;
    const missing = ["max-file", "max-size"].filter((option) => !logOptions.value?.[option]);
    if (missing.length > 0) yield `${logOptions.path} has no ${missing.join(", ")}`;
  },
});
