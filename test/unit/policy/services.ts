import { breaks, type Case, type Given } from "../../support/policy";

const spec = {
  image: `web@sha256:${"1f".repeat(32)}`,
  user: "1000:1000",
  readOnly: true,
  capDrops: ["ALL"],
  env: { MODE: "fast" },
  healthcheck: { tests: ["CMD", "true"] },
  mounts: [{ type: "volume", source: "api-data", target: "/data" }],
};
const task = {
  containerSpec: spec,
  resources: { limits: { memoryBytes: 2 ** 26, nanoCpus: 5e8 } },
  logDriver: { name: "local" },
};

/** Keeps every rule. */
export const service: Given = {
  type: "docker:index/service:Service",
  name: "api",
  props: { taskSpec: task, updateConfig: { failureAction: "rollback" }, endpointSpec: { ports: [{ targetPort: 80 }] } },
};

const inSpec = (changes: object) => ({ taskSpec: { ...task, containerSpec: { ...spec, ...changes } } });
const inTask = (changes: object) => ({ taskSpec: { ...task, ...changes } });

/** Those rules for containers that are for services too, under the names that properties have there. */
export const cases: Case[] = [
  breaks(
    "service-rolls-back",
    service,
    { updateConfig: undefined },
    'updateConfig.failureAction is not set: set it to "rollback" (practice)',
  ),
  breaks(
    "image-pinned",
    service,
    inSpec({ image: "web:1.2.3" }),
    `taskSpec.containerSpec.image is "web:1.2.3": use the image's id, a digest (name@sha256:...) or a content tag (NIST 4.2.2)`,
  ),
  breaks(
    "non-root-user",
    service,
    inSpec({ user: "root" }),
    'taskSpec.containerSpec.user is "root": set a numeric user and group, such as "1000:1000" (CIS 4.1)',
  ),
  breaks(
    "no-root-group",
    service,
    inSpec({ groups: ["0"] }),
    "taskSpec.containerSpec.groups has 0: give the files it needs to a group of their own (NIST 4.4.3)",
  ),
  breaks(
    "read-only-root",
    service,
    inSpec({ readOnly: undefined }),
    "taskSpec.containerSpec.readOnly is not true: set it to true and give the program a tmpfs or a volume where it writes (CIS 5.13)",
  ),
  breaks(
    "drops-capabilities",
    service,
    inSpec({ capDrops: [] }),
    'taskSpec.containerSpec.capDrops is []: drop "ALL" and add those that are needed (CIS 5.4)',
  ),
  breaks(
    "adds-no-capabilities",
    service,
    inSpec({ capAdds: ["NET_RAW"] }),
    "taskSpec.containerSpec.capAdds has NET_RAW: do without, or put the capability on this rule's list (CIS 5.4)",
  ),
  breaks(
    "confined",
    service,
    inSpec({ privileges: { seLinuxContext: { disable: true } } }),
    "taskSpec.containerSpec.privileges.seLinuxContext.disable is true: leave it out, or name a profile that allows what is needed and no more (CIS 5.2, 5.3, 5.22)",
  ),
  breaks(
    "memory-limit",
    service,
    inTask({ resources: { limits: { nanoCpus: 5e8 } } }),
    "taskSpec.resources.limits.memoryBytes is not set: set what the program needs at its worst (CIS 5.11)",
  ),
  breaks(
    "cpu-limit",
    service,
    inTask({ resources: { limits: { memoryBytes: 2 ** 26 } } }),
    "taskSpec.resources.limits.nanoCpus is not set: set how much of the processors it may take (CIS 5.12)",
  ),
  breaks(
    "rotated-logs",
    service,
    inTask({ logDriver: { name: "json-file", options: { "max-file": "3" } } }),
    "taskSpec.logDriver.options has no max-size: use json-file with max-size and max-file, or local (OWASP D07)",
  ),
  breaks(
    "healthcheck",
    service,
    inSpec({ healthcheck: undefined }),
    "taskSpec.containerSpec.healthcheck.tests is not set: set a command that fails when the program does not do its work (CIS 5.27)",
  ),
  breaks(
    "no-plain-secret-env",
    service,
    inSpec({ env: { DB_PASSWORD: "correct horse" } }),
    "taskSpec.containerSpec.env.DB_PASSWORD is in plain text: hand the secret over as a file, or make the value a secret: it stands in the state and in previews in plain text (NIST 4.1.4)",
  ),
  breaks(
    "no-credential-in-text",
    service,
    inSpec({ args: ["-----BEGIN PRIVATE KEY-----"] }),
    "taskSpec.containerSpec.args[0] has a private key: revoke it, and hand its successor over as a file (NIST 4.1.4)",
  ),
  breaks(
    "no-engine-socket",
    service,
    inSpec({ mounts: [{ type: "bind", source: "/run/docker.sock", target: "/s", readOnly: true }] }),
    "taskSpec.containerSpec.mounts[0] mounts /run/docker.sock: who has the socket is root on the host: let the program ask a service that does what it needs (CIS 5.32)",
  ),
  breaks(
    "no-privileged-ports",
    service,
    { endpointSpec: { ports: [{ targetPort: 8080, publishedPort: 80 }] } },
    "endpointSpec.ports[0].publishedPort is 80: use a port from 1024 on, or put the port on this rule's list (CIS 5.8)",
  ),
  breaks(
    "no-host-sysctls",
    service,
    inSpec({ sysctl: { "net.core.somaxconn": "1" } }),
    "taskSpec.containerSpec.sysctl sets net.core.somaxconn: do without, or put the setting on this rule's list (NIST 4.4.3)",
  ),
];
