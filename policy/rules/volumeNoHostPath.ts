import { volume } from "../resources";
import { ALWAYS, rule } from "../rule";

export const volumeNoHostPath = rule({
  name: "volume-no-host-path",
  description: "No volume is a folder of the host under another name.",
  severity: "high",
  source: "CIS 5.6",
  levels: ALWAYS,
  remedy: "leave device out and let the engine keep the data",
  on: volume,
  *check({ driverOpts = {} }) {
    const bind = (driverOpts.o ?? "").split(",").some((option) => option === "bind" || option === "rbind");
    if (bind) yield `driverOpts binds ${driverOpts.device ?? "a path"}`;
  },
});
