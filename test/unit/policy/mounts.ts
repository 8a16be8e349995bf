import { breaks, type Case } from "../../support/policy";
import { container } from "./containers";

const bind = (source: string, rest: object = {}) => ({ type: "bind", source, target: "/mnt", readOnly: true, ...rest });
const SYSTEM = "mount a volume, or the one file that is needed, once it is on this rule's list (CIS 5.6)";
const SOCKET =
  "who has the socket is root on the host: let the program ask a service that does what it needs (CIS 5.32)";

export const cases: Case[] = [
  breaks(
    "no-engine-socket",
    container,
    { mounts: [bind("/var/run/docker.sock")] },
    `mounts[0] mounts /var/run/docker.sock: ${SOCKET}`,
  ),
  breaks(
    "no-engine-socket",
    container,
    { volumes: [{ hostPath: "/run/containerd/containerd.sock", containerPath: "/c.sock" }] },
    `volumes[0] mounts /run/containerd/containerd.sock: ${SOCKET}`,
  ),
  ...["/", "/var", "/etc/ssl/", "/srv/../proc"].map((path) =>
    breaks("no-sensitive-mount", container, { mounts: [bind(path)] }, `mounts[0] mounts ${path}: ${SYSTEM}`),
  ),
  breaks(
    "read-only-bind",
    container,
    { mounts: [bind("/srv/data", { readOnly: false })] },
    "mounts[0] mounts /srv/data writable: set readOnly, or mount a volume (NIST 4.5.5)",
  ),
  breaks(
    "no-shared-propagation",
    container,
    { mounts: [bind("/srv/data", { bindOptions: { propagation: "rshared" } })] },
    'mounts[0].bindOptions.propagation is "rshared": use rprivate, the default (CIS 5.20)',
  ),
  breaks(
    "no-volumes-from",
    container,
    { volumes: [{ fromContainer: "db" }] },
    "volumes[0].fromContainer is set: mount the volumes that are needed by name (NIST 4.4.3)",
  ),
  breaks(
    "read-only-secret-mount",
    container,
    { mounts: [{ type: "volume", source: "keys", target: "/run/secrets/web" }] },
    "mounts[0] mounts /run/secrets/web writable: set readOnly (NIST 4.4.3)",
  ),
  breaks(
    "restricted-tmpfs",
    container,
    { mounts: [{ type: "tmpfs", target: "/scratch" }] },
    "mounts[0] has no tmpfsOptions.sizeBytes: give it a size, and in tmpfs noexec, nosuid and nodev (OWASP D07)",
  ),
];
