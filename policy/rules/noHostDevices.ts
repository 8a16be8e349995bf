import { type Container, runningContainer } from "../resources";
import { ALWAYS, each, matches, names, rule } from "../rule";

export const noHostDevices = rule<Container, Settings>({
  name: "no-host-devices",
  description: "No container has a device of the host that is not on the list.",
  severity: "high",
  source: "CIS 5.18",
  levels: ALWAYS,
  remedy: "do without, or put the device on this rule's list",
  settings: { allowed: names([], "paths of devices that containers may have") },
  on: runningContainer,
  *check({ devices, deviceCgroupRules = [] }, { allowed }) {
    yield* each(devices, function* ({ hostPath }, i) {
      if (!matches(hostPath, allowed)) yield `devices[${i}] is ${hostPath}`;
    });
    for (const cgroupRule of deviceCgroupRules) yield `deviceCgroupRules has "${cgroupRule}"`;
  },
});

interface Settings {
  allowed: readonly string[];
}
