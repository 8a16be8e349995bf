import { container, isIdle } from "../resources";
import { ALWAYS, rule } from "../rule";

export const idleContainerOffNetwork = rule({
  name: "idle-container-off-network",
  description:
    "A container with start and mustRun false, to which the rules about running do not apply, has no network.",
  severity: "medium",
  source: "NIST 4.4.2",
  levels: ALWAYS,
  remedy: 'set networkMode to "none"',
  on: (resource) => {
    const found = container(resource);
    return found && isIdle(found) ? found : undefined;
  },
  *check({ networkMode, networksAdvanced }) {
    if (networkMode !== "none") yield `networkMode is ${networkMode ? `"${networkMode}"` : "not set"}`;
    if (networksAdvanced?.length) yield "networksAdvanced is set";
  },
});
