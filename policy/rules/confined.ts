import { runningContainer, service } from "../resources";
import { ALWAYS, rule } from "../rule";

export const confined = rule({
  name: "confined",
  description: "No container leaves the seccomp, AppArmor or SELinux profile.",
  severity: "critical",
  source: "CIS 5.2, 5.3, 5.22",
  levels: ALWAYS,
  remedy: "leave it out, or name a profile that allows what is needed and no more",
  on: (resource) => {
    const found = { container: runningContainer(resource), service: service(resource) };
    return found.container || found.service ? found : undefined;
  },
  *check({ container, service }) {
    for (const option of container?.securityOpts ?? []) {
      if (/[:=](unconfined|disable)$/.test(option)) yield `securityOpts has "${option}"`;
    }
    if (service?.taskSpec.containerSpec.privileges?.seLinuxContext?.disable) {
      yield "taskSpec.containerSpec.privileges.seLinuxContext.disable is true";
    }
  },
});
