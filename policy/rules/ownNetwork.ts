import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const ownNetwork = rule({
  name: "own-network",
  description: "No container is on the engine's default network, where it meets everything else.",
  severity: "medium",
  source: "CIS 5.30",
  levels: ALWAYS,
  remedy: "name a network of the stack in networksAdvanced, or set networkMode to none",
  on: runningContainer,
  *check({ networkMode, networksAdvanced }) {
    const byDefault = !networkMode || networkMode === "bridge" || networkMode === "default";
    if (byDefault && !networksAdvanced?.length) yield `networkMode is ${networkMode ? `"${networkMode}"` : "not set"}`;
  },
});
