import { posix } from "node:path";
import { ALWAYS, each, matches, names, rule } from "../rule";
import { runningWorkload, type Workload } from "../workload";

export const noSensitiveMount = rule<Workload, Settings>({
  name: "no-sensitive-mount",
  description: "No container has a folder of the host's system.",
  severity: "critical",
  source: "CIS 5.6",
  levels: ALWAYS,
  remedy: "mount a volume, or the one file that is needed, once it is on this rule's list",
  settings: { allowed: names([], "host paths that may be mounted, such as /etc/localtime") },
  on: runningWorkload,
  *check({ mounts }, { allowed }) {
    yield* each(mounts, function* ({ path, kind, source }) {
      if (kind !== "bind" || !source || source.endsWith(".sock")) return;
      const host = posix.normalize(source).replace(/(.)\/$/, "$1");
      if (isSensitive(host) && !matches(host, allowed)) yield `${path} mounts ${source}`;
    });
  },
});

interface Settings {
  allowed: readonly string[];
}

const SYSTEM =
  "/bin /boot /dev /etc /lib /lib32 /lib64 /proc /root /run /sbin /sys /usr /var/lib/containerd /var/lib/docker /var/log /var/run";

/** A system folder, something in one, or a folder that has one in it. */
function isSensitive(path: string): boolean {
  if (path === "/") return true;
  return SYSTEM.split(" ").some((folder) => `${path}/`.startsWith(`${folder}/`) || folder.startsWith(`${path}/`));
}
