import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { seccompOption } from "../docker/seccomp";
import { containerDefaults, secretCarrier } from "./containers";
import type { Names } from "./names";
import type { Image } from "./resources";
import type { RuntimeNetwork } from "./runtimeNetwork";
import type { Settings } from "./settings";
import type { Valkey } from "./valkey";

export interface RuntimeApiArgs {
  settings: Settings;
  names: Names;
  network: RuntimeNetwork;
  /** The service's image. */
  image: Image;
  /** Any image of the stack that changes seldom: the container that carries the secret is made from it and never runs. */
  carrier: Image;
  /** The cache in front of the backend. */
  valkey?: Valkey;
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

    const generated = (generation: number, options: pulumi.CustomResourceOptions) =>
      new random.RandomPassword(
        generation === 1 ? "runtime-api-secret" : `runtime-api-secret-${generation}`,
        { length: 64, special: false },
        options,
      ).result;
    const { secretGeneration: generation } = settings;
    this.secret = pulumi.secret(settings.runtimeApiSecret ?? generated(generation, kept));
    const previous =
      settings.runtimeApiSecretPrevious ??
      (settings.secretSource === "generated" && generation > 1 ? generated(generation - 1, child) : "");
    const data = new docker.Volume("runtime-api-data", { name: names.volumes.data }, kept);
    const secretVolume = new docker.Volume("runtime-api-secret", { name: names.volumes.secret }, child);
    const carrier = secretCarrier(
      "runtime-api-secret",
      {
        container: names.containers.secret,
        image: args.carrier.imageId,
        volume: secretVolume,
        folder: SECRET_FOLDER,
        files: {
          "jwt-secret": this.secret,
          // Always there, so that a rotation changes files only, which the service reads while it runs: a new container
          // would be on no running job's network. A newline is no secret.
          "jwt-secret-previous": pulumi.secret(pulumi.interpolate`${previous}\n`),
          ...(settings.backendToken && { "backend-token": pulumi.secret(settings.backendToken) }),
          ...(args.valkey && { "valkey-url": args.valkey.url }),
        },
      },
      child,
    );

    this.container = new docker.Container(
      "runtime-api",
      {
        ...containerDefaults,
        securityOpts: [...containerDefaults.securityOpts, seccompOption(process.cwd(), "runtime-api")],
        name: names.containers.runtimeApi,
        image: args.image.imageId,
        user: `${settings.userId}:${settings.groupId}`,
        envs: [
          ...(settings.backendToken ? [`BACKEND_TOKEN_FILE=${SECRET_FOLDER}/backend-token`] : []),
          ...(settings.backendUrl ? [`BACKEND_URL=${settings.backendUrl}`] : []),
          `DATA_DIR=${DATA_FOLDER}`,
          `JWT_SECRET_FILE=${SECRET_FOLDER}/jwt-secret`,
          `JWT_SECRET_PREVIOUS_FILE=${SECRET_FOLDER}/jwt-secret-previous`,
          `LOG_LEVEL=${settings.logLevel}`,
          `PORT=${PORT}`,
          `RATE_LIMIT_PER_MIN=${settings.rateLimitPerMin}`,
          `RETENTION=${settings.retention}`,
          ...(args.valkey ? [`VALKEY_URL_FILE=${SECRET_FOLDER}/valkey-url`] : []),
        ],
        readOnly: true,
        tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=50m,mode=1777" },
        mounts: [
          { type: "volume", source: data.name, target: DATA_FOLDER },
          { type: "volume", source: secretVolume.name, target: SECRET_FOLDER, readOnly: true },
        ],
        networksAdvanced: [
          { name: network.jobs.name, aliases: ["runtime", "runtime-api"] },
          { name: network.egress.name },
          ...(args.valkey ? [{ name: args.valkey.network.name }] : []),
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
      { ...child, deleteBeforeReplace: true, dependsOn: [carrier] },
    );
    this.registerOutputs({ url: this.url, containerId: this.container.id });
  }
}

const PORT = 8081;
const DATA_FOLDER = "/data";
const SECRET_FOLDER = "/run/secrets/cronium";
