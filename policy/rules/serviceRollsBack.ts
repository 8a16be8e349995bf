import { service } from "../resources";
import { rule, SHARED } from "../rule";

export const serviceRollsBack = rule({
  name: "service-rolls-back",
  description: "A service whose new version fails goes back to the one before.",
  severity: "low",
  source: "practice",
  levels: SHARED,
  remedy: 'set it to "rollback"',
  on: service,
  *check({ updateConfig }) {
    const action = updateConfig?.failureAction;
    if (action !== "rollback") yield `updateConfig.failureAction is ${action ? `"${action}"` : "not set"}`;
  },
});
