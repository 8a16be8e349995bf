import { type Check, verdict } from "../check";

export const noVolumes: Check = {
  id: "no-volumes",
  proves: "The image declares no VOLUME, which would be writable although the root is read-only.",
  source: "CIS Docker Benchmark 5.13",
  check: ({ config }) => {
    const volumes = Object.keys(config.config?.Volumes ?? {});
    return verdict(
      volumes.map((path) => `VOLUME ${path}: let who runs it mount what is needed`),
      "none",
    );
  },
};
