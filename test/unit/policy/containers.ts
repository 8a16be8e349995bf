import { breaks, type Case, type Given, Secret } from "../../support/policy";

/** Keeps every rule. */
export const container: Given = {
  type: "docker:index/container:Container",
  name: "web",
  props: {
    image: `web@sha256:${"1f".repeat(32)}`,
    user: "1000:1000",
    envs: ["MODE=fast", "DB_PASSWORD_FILE=/run/secrets/db", new Secret("DB_PASSWORD=correct horse")],
    readOnly: true,
    memory: 64,
    memorySwap: 64,
    cpus: "0.5",
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges"],
    logDriver: "json-file",
    logOpts: { "max-file": "3", "max-size": "10m" },
    tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=10m" },
    mounts: [
      { type: "volume", source: "data", target: "/data" },
      { type: "volume", source: "keys", target: "/run/secrets/web", readOnly: true },
    ],
    healthcheck: { tests: ["CMD", "true"] },
    restart: "unless-stopped",
    networkMode: "bridge",
    networksAdvanced: [{ name: "inner" }],
    ports: [{ internal: 8080, external: 8080, ip: "127.0.0.1" }],
  },
};

/** Is made for its upload and never runs: the rules about running are not for it. */
export const idle: Given = {
  type: "docker:index/container:Container",
  name: "carrier",
  props: {
    image: `web@sha256:${"1f".repeat(32)}`,
    start: false,
    mustRun: false,
    networkMode: "none",
    uploads: [{ file: "/run/secrets/web/key", content: new Secret("correct horse") }],
  },
};

const namespaces: [string, string, string, string][] = [
  [
    "no-host-network",
    "networkMode",
    "put the container on a network of the stack and publish the ports it needs",
    "CIS 5.10",
  ],
  ["no-host-pid", "pidMode", "leave pidMode out", "CIS 5.16"],
  ["no-host-ipc", "ipcMode", "leave ipcMode out, or use private", "CIS 5.17"],
  ["no-host-userns", "usernsMode", "leave usernsMode out", "CIS 5.31"],
  ["no-host-cgroups", "cgroupnsMode", "use private", "NIST 4.4.3"],
];

const DROP = 'drop "ALL" and add those that are needed (CIS 5.4)';
const CONFINED = "leave it out, or name a profile that allows what is needed and no more (CIS 5.2, 5.3, 5.22)";
const FOREIGN = "give each container namespaces of its own and let them talk over a network (NIST 4.4.3)";
const GROUP = "give the files it needs to a group of their own (NIST 4.4.3)";
const USER = 'set a numeric user and group, such as "1000:1000" (CIS 4.1)';
const RESTART = "use unless-stopped, or on-failure with maxRetryCount (CIS 5.15)";
const ENV =
  "hand the secret over as a file, or make the value a secret: it stands in the state and in previews in plain text (NIST 4.1.4)";
const TEXT = "revoke it, and hand its successor over as a file (NIST 4.1.4)";
const UPLOAD = "make the content a secret: it stands in the state and in previews in plain text (NIST 4.1.4)";
const PORTS = 'set ip to one address, such as "127.0.0.1" (CIS 5.14)';
const TMPFS = "give it a size, and in tmpfs noexec, nosuid and nodev (OWASP D07)";
const HEALTH = "set a command that fails when the program does not do its work (CIS 5.27)";
const PINNED = "use the image's id, a digest (name@sha256:...) or a content tag (NIST 4.2.2)";

export const cases: Case[] = [
  breaks(
    "container-not-privileged",
    container,
    { privileged: true },
    "privileged is true: leave privileged out and add the one capability that is needed (CIS 5.5)",
  ),
  ...namespaces.map(([rule, mode, remedy, source]) =>
    breaks(rule, container, { [mode]: "host" }, `${mode} is "host": ${remedy} (${source})`),
  ),
  breaks("no-foreign-namespace", container, { pidMode: "container:db" }, `pidMode is "container:db": ${FOREIGN}`),
  breaks("drops-capabilities", container, { capabilities: undefined }, `capabilities.drops is []: ${DROP}`),
  breaks(
    "drops-capabilities",
    container,
    { capabilities: { drops: ["CHOWN"] } },
    `capabilities.drops is ["CHOWN"]: ${DROP}`,
  ),
  breaks(
    "adds-no-capabilities",
    container,
    { capabilities: { drops: ["ALL"], adds: ["CAP_SYS_ADMIN"] } },
    "capabilities.adds has CAP_SYS_ADMIN: do without, or put the capability on this rule's list (CIS 5.4)",
  ),
  breaks(
    "no-new-privileges",
    container,
    { securityOpts: ["no-new-privileges:false"] },
    'securityOpts is ["no-new-privileges:false"]: add "no-new-privileges" to securityOpts (CIS 5.26)',
  ),
  breaks(
    "confined",
    container,
    { securityOpts: ["no-new-privileges", "seccomp=unconfined", "label:disable"] },
    `securityOpts has "seccomp=unconfined": ${CONFINED}`,
    `securityOpts has "label:disable": ${CONFINED}`,
  ),
  breaks(
    "read-only-root",
    container,
    { readOnly: false },
    "readOnly is not true: set it to true and give the program a tmpfs or a volume where it writes (CIS 5.13)",
  ),
  breaks(
    "memory-limit",
    container,
    { memory: undefined, memorySwap: undefined },
    "memory is not set: set what the program needs at its worst (CIS 5.11)",
  ),
  breaks(
    "no-swap",
    container,
    { memorySwap: -1 },
    "memorySwap is -1, memory 64: set memorySwap to the same number as memory (CIS 5.11)",
  ),
  breaks(
    "no-swap",
    container,
    { memorySwap: undefined },
    "memorySwap is not set, which is twice the memory: set memorySwap to the same number as memory (CIS 5.11)",
  ),
  breaks(
    "cpu-limit",
    container,
    { cpus: undefined },
    "cpus is not set: set how much of the processors it may take (CIS 5.12)",
  ),
  breaks("non-root-user", container, { user: undefined }, `user is not set: ${USER}`),
  breaks("non-root-user", container, { user: "0:1000" }, `user is "0:1000": ${USER}`),
  breaks("no-root-group", container, { user: "1000:0" }, `user is "1000:0": ${GROUP}`),
  breaks("no-root-group", container, { groupAdds: ["docker"] }, `groupAdds has docker: ${GROUP}`),
  breaks(
    "no-plain-secret-env",
    container,
    { envs: ["API_KEY=correct horse"] },
    `envs.API_KEY is in plain text: ${ENV}`,
  ),
  breaks(
    "no-credential-in-text",
    container,
    { command: ["serve", "--db=postgres://web:correct@db/web"] },
    `command[1] has a password in a URL: ${TEXT}`,
  ),
  breaks(
    "no-credential-in-text",
    container,
    { labels: [{ label: "note", value: "AKIA0123456789ABCDEF" }] },
    `labels[0].value has an AWS access key: ${TEXT}`,
  ),
  breaks(
    "no-plain-secret-upload",
    container,
    { uploads: [{ file: "/etc/web/tls.key", content: "correct horse" }] },
    `uploads[0].content of /etc/web/tls.key is in plain text: ${UPLOAD}`,
  ),
  breaks(
    "no-plain-secret-upload",
    idle,
    { uploads: [{ file: "/run/secrets/web/key", contentBase64: "Y29ycmVjdA==" }] },
    `uploads[0].contentBase64 of /run/secrets/web/key is in plain text: ${UPLOAD}`,
  ),
  breaks("restart-policy", container, { restart: undefined }, `restart is not set: ${RESTART}`),
  breaks("restart-policy", container, { restart: "always" }, `restart is "always": ${RESTART}`),
  breaks("restart-policy", container, { restart: "on-failure" }, `maxRetryCount is not set: ${RESTART}`),
  breaks(
    "rotated-logs",
    container,
    { logOpts: { "max-size": "10m" } },
    "logOpts has no max-file: use json-file with max-size and max-file, or local (OWASP D07)",
  ),
  breaks("healthcheck", container, { healthcheck: undefined }, `healthcheck.tests is not set: ${HEALTH}`),
  breaks("healthcheck", container, { healthcheck: { tests: ["NONE"] } }, `healthcheck.tests is ["NONE"]: ${HEALTH}`),
  breaks(
    "bound-ports",
    container,
    {
      ports: [
        { internal: 80, external: 8080 },
        { internal: 81, ip: "0.0.0.0" },
      ],
    },
    `ports[0] publishes 80 on every address: ${PORTS}`,
    `ports[1] publishes 81 on every address: ${PORTS}`,
  ),
  breaks(
    "no-privileged-ports",
    container,
    { ports: [{ internal: 8080, external: 80, ip: "127.0.0.1" }] },
    "ports[0].external is 80: use a port from 1024 on, or put the port on this rule's list (CIS 5.8)",
  ),
  breaks(
    "no-publish-all",
    container,
    { publishAllPorts: true },
    "publishAllPorts is true: name the ports that are needed in ports (CIS 5.9)",
  ),
  breaks(
    "no-host-devices",
    container,
    { devices: [{ hostPath: "/dev/kvm" }] },
    "devices[0] is /dev/kvm: do without, or put the device on this rule's list (CIS 5.18)",
  ),
  breaks(
    "restricted-tmpfs",
    container,
    { tmpfs: { "/tmp": "size=10m,nosuid,nodev", "/run": "noexec,nosuid,nodev" } },
    `tmpfs./tmp has no noexec: ${TMPFS}`,
    `tmpfs./run has no size: ${TMPFS}`,
  ),
  breaks(
    "no-host-sysctls",
    container,
    { sysctls: { "kernel.shmmax": "1" } },
    "sysctls sets kernel.shmmax: do without, or put the setting on this rule's list (NIST 4.4.3)",
  ),
  breaks(
    "own-network",
    container,
    { networksAdvanced: undefined },
    'networkMode is "bridge": name a network of the stack in networksAdvanced, or set networkMode to none (CIS 5.30)',
  ),
  breaks(
    "idle-container-off-network",
    idle,
    { networkMode: "bridge" },
    'networkMode is "bridge": set networkMode to "none" (NIST 4.4.2)',
  ),
  breaks(
    "image-pinned",
    idle,
    { image: "registry:5000/web:1.2.3@sha256:1f" },
    `image is "registry:5000/web:1.2.3@sha256:1f": ${PINNED}`,
  ),
];
