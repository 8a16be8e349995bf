import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Names } from "./names";
import type { Image } from "./resources";
import type { RuntimeNetwork } from "./runtimeNetwork";
import type { Settings } from "./settings";

export interface RuntimeApiArgs {
  settings: Settings;
  names: Names;
  network: RuntimeNetwork;
  /** The service's image. */
  image: Image;
  /** Any image of the stack that changes seldom: the container that carries the secret is made from it and never runs. */
  carrier: Image;
}

/** The sidecar that jobs talk to, as contract.md's "sidecar container": hardened, with its data on a volume. */
export class RuntimeApi extends pulumi.ComponentResource {
  /** As a job on the jobs network sees it. */
  readonly url = `http://runtime-api:${PORT}`;
  readonly container: docker.Container;
  /** Signs and verifies the tokens of executions. */
  readonly secret: pulumi.Output<string>;

  constructor(name: string, args: RuntimeApiArgs, opts: pulumi.ComponentResourceOptions) {
    super("cronium:index:RuntimeApi", name, {}, opts);
    const { settings, names, network } = args;
    const child = { parent: this };
    const kept = { ...child, protect: settings.protect };

    this.secret = pulumi.secret(
      settings.runtimeApiSecret ??
        new random.RandomPassword("runtime-api-secret", { length: 64, special: false }, kept).result,
    );
    const data = new docker.Volume("runtime-api-data", { name: names.volumes.data }, kept);
    const secretVolume = new docker.Volume("runtime-api-secret", { name: names.volumes.secret }, child);

    // Uploads fail on a read-only root, also into a volume. This container is never started: the upload is all it is for.
    const carrier = new docker.Container(
      "runtime-api-secret",
      {
        ...containerDefaults,
        name: names.containers.secret,
        image: args.carrier.imageId,
        command: ["secret"],
        start: false,
        mustRun: false,
        networkMode: "none",
        mounts: [{ type: "volume", source: secretVolume.name, target: SECRET_FOLDER }],
        uploads: [{ file: `${SECRET_FOLDER}/jwt-secret`, content: this.secret, permissions: "0444" }],
      },
      { ...child, deleteBeforeReplace: true },
    );

    this.container = new docker.Container(
      "runtime-api",
      {
        ...containerDefaults,
        name: names.containers.runtimeApi,
        image: args.image.imageId,
        user: `${settings.userId}:${settings.groupId}`,
        envs: [
          `DATA_DIR=${DATA_FOLDER}`,
          `JWT_SECRET_FILE=${SECRET_FOLDER}/jwt-secret`,
          `LOG_LEVEL=${settings.logLevel}`,
          `PORT=${PORT}`,
          `RATE_LIMIT_PER_MIN=${settings.rateLimitPerMin}`,
        ],
        // A new secret makes a new carrier, and a new carrier makes a new sidecar, which reads it.
        labels: [{ label: "dev.cronium.secret-carrier", value: carrier.id }],
        readOnly: true,
        tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=50m,mode=1777" },
        mounts: [
          { type: "volume", source: data.name, target: DATA_FOLDER },
          { type: "volume", source: secretVolume.name, target: SECRET_FOLDER, readOnly: true },
        ],
        networksAdvanced: [
          { name: network.jobs.name, aliases: ["runtime", "runtime-api"] },
          { name: network.egress.name },
        ],
        restart: "unless-stopped",
        destroyGraceSeconds: 5,
        healthcheck: {
          tests: ["CMD", "/usr/local/bin/wget", "-q", "-O-", `http://localhost:${PORT}/health`],
          interval: "5s",
          timeout: "3s",
          startPeriod: "5s",
          retries: 3,
        },
        wait: true,
        waitTimeout: 60,
      },
      { ...child, deleteBeforeReplace: true },
    );
    this.registerOutputs({ url: this.url, containerId: this.container.id });
  }
}

const PORT = 8081;
const DATA_FOLDER = "/data";
const SECRET_FOLDER = "/run/secrets/cronium";
const MEMORY_MIB = 256;

/** Limits of contract.md's sidecar. What the daemon would fill in is set too: a preview would show it as a change. */
const containerDefaults = {
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges"],
  memory: MEMORY_MIB,
  memorySwap: MEMORY_MIB,
  cpus: "0.5",
  logDriver: "json-file",
  logOpts: { "max-file": "3", "max-size": "10m" },
} satisfies Partial<docker.ContainerArgs>;
