import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noHostIpc = rule({
  name: "no-host-ipc",
  description: "No container shares the host's memory segments.",
  severity: "high",
  source: "CIS 5.17",
  levels: ALWAYS,
  remedy: "leave ipcMode out, or use private",
  on: runningContainer,
  *check({ ipcMode }) {
    if (ipcMode === "host") yield 'ipcMode is "host"';
  },
});
