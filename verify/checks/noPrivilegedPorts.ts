import { type Check, verdict } from "../check";

export const noPrivilegedPorts: Check = {
  id: "no-privileged-ports",
  proves: "No port under 1024 is exposed: listening there takes a capability.",
  source: "CIS Docker Benchmark 5.8",
  check: ({ config }) => {
    const ports = Object.keys(config.config?.ExposedPorts ?? {});
    const violations = ports
      .filter((port) => Number.parseInt(port, 10) < 1024)
      .map((port) => `port ${port} is exposed`);
    return verdict(violations, ports.join(", ") || "no port");
  },
};
