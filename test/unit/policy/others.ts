import { breaks, type Case, change, type Given, Secret } from "../../support/policy";
import { container } from "./containers";

/** Each keeps every rule. */
export const volume: Given = {
  type: "docker:index/volume:Volume",
  name: "data",
  props: { name: "data" },
  protect: true,
};
export const password: Given = {
  type: "random:index/randomPassword:RandomPassword",
  name: "password",
  props: { length: 22 },
};
export const config: Given = {
  type: "docker:index/serviceConfig:ServiceConfig",
  name: "config",
  props: { data: Buffer.from("listen: 8080").toString("base64") },
};
export const provider: Given = {
  type: "pulumi:providers:docker",
  name: "docker",
  props: { host: "tcp://engine:2376", certPath: "/certs" },
};
export const built: Given = {
  type: "docker-build:index:Image",
  name: "built",
  props: { registries: [{ address: "registry", password: new Secret("correct horse") }] },
};

const PASSWORD =
  "make it a secret, or leave it to Docker's credential helpers: it stands in the state in plain text (NIST 4.2.3)";

export const cases: Case[] = [
  breaks(
    "volume-no-host-path",
    volume,
    { driverOpts: { type: "none", o: "ro,bind", device: "/srv/data" } },
    "driverOpts binds /srv/data: leave device out and let the engine keep the data (CIS 5.6)",
  ),
  {
    rule: "volume-protected",
    environment: "prod",
    stack: [{ ...volume, protect: false }],
    messages: [
      "protect is not set: set the option protect, or put the volume's name on this rule's list if all in it can be made again (practice)",
    ],
  },
  breaks(
    "generated-secret-length",
    password,
    { length: 16 },
    "length is 16, less than 22: raise length (OWASP ASVS 11.5.1)",
  ),
  breaks(
    "no-secret-config",
    config,
    { data: Buffer.from("db: postgres://web:correct@db").toString("base64") },
    "data has a password in a URL: use docker.Secret, which is encrypted in the swarm and a file in the container (CIS 7.4)",
  ),
  breaks(
    "engine-over-tls",
    provider,
    { certPath: undefined },
    "host is tcp://engine:2376: set certPath, or use ssh:// (CIS 2.7)",
  ),
  breaks(
    "no-plain-registry-password",
    { ...provider, type: "pulumi:providers:cronium" },
    { registryPassword: "correct horse" },
    `registryPassword is in plain text: ${PASSWORD}`,
  ),
  {
    rule: "single-writer-volume",
    stack: [container, change({ ...container, name: "worker" }, { ports: undefined })],
    messages: [
      "mounts[0] mounts data writable, as web does: set readOnly for all but the one that owns the data (practice)",
    ],
  },
];
