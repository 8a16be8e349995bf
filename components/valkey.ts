import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { containerDefaults, secretCarrier } from "./containers";
import type { Names } from "./names";
import type { Image } from "./resources";
import type { Settings } from "./settings";

export interface ValkeyArgs {
  settings: Settings;
  names: Names;
  /** The cache's image. */
  image: Image;
  /** Any image of the stack that changes seldom: the container that carries the password is made from it and never runs. */
  carrier: Image;
}

/** The cache in front of the backend, on a network on which there is nothing but it and the runtime API. */
export class Valkey extends pulumi.ComponentResource {
  readonly network: docker.Network;
  readonly container: docker.Container;
  /** Its address with the password, as the runtime API on its network sees it. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: ValkeyArgs, opts: pulumi.ComponentResourceOptions) {
    super("cronium:index:Valkey", name, {}, opts);
    const { settings, names } = args;
    const child = { parent: this };

    const password = new random.RandomPassword("valkey-password", { length: 48, special: false }, child).result;
    this.url = pulumi.secret(pulumi.interpolate`valkey://:${password}@valkey:${PORT}`);
    this.network = new docker.Network(
      "cache",
      {
        name: names.networks.cache,
        driver: "bridge",
        internal: true,
        options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
      },
      child,
    );
    const volume = new docker.Volume("valkey-secret", { name: names.volumes.valkeySecret }, child);
    const user = pulumi.interpolate`user default on >${password} ~* &* +@all -@admin -@dangerous +info\n`;
    const carrier = secretCarrier(
      "valkey-secret",
      {
        container: names.containers.valkeySecret,
        image: args.carrier.imageId,
        volume,
        folder: SECRET_FOLDER,
        files: { "auth.conf": pulumi.secret(user) },
      },
      child,
    );
    this.container = new docker.Container(
      "valkey",
      {
        ...containerDefaults,
        name: names.containers.valkey,
        image: args.image.imageId,
        user: `${settings.userId}:${settings.groupId}`,
        command: ["/usr/bin/valkey-server", "/etc/valkey/valkey.conf", "--include", `${SECRET_FOLDER}/auth.conf`],
        // It reads the password when it starts.
        labels: [{ label: "dev.cronium.secret-carrier", value: carrier.id }],
        readOnly: true,
        tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=8m,mode=1777" },
        mounts: [{ type: "volume", source: volume.name, target: SECRET_FOLDER, readOnly: true }],
        networksAdvanced: [{ name: this.network.name, aliases: ["valkey"] }],
        restart: "unless-stopped",
        destroyGraceSeconds: 5,
        healthcheck: {
          tests: ["CMD", "/usr/bin/valkey-cli", "ping"],
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
    this.registerOutputs({ containerId: this.container.id });
  }
}

const PORT = 6379;
const SECRET_FOLDER = "/run/secrets/valkey";
