import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import type { Container, Network } from "dockerode";
import { dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";

/** The image under test: the dev stack's, unless CRONIUM_VALKEY_IMAGE names another. */
const IMAGE = process.env.CRONIUM_VALKEY_IMAGE || "cronium/valkey:latest";
const PASSWORD = "a password of this test";

/** A Valkey in a container of its image, alone on a bridge: on one with others its address may be another's after a restart. */
export class ValkeyServer {
  readonly container: Container;
  readonly network: Network;

  private constructor(container: Container, network: Network) {
    this.container = container;
    this.network = network;
  }

  static async start(): Promise<ValkeyServer> {
    const docker = await dockerClient(resolveDockerHost());
    const name = `test-${randomBytes(4).toString("hex")}-valkey`;
    const network = await docker.createNetwork({ Name: name });
    const container = await docker.createContainer({
      Image: IMAGE,
      name,
      Cmd: ["/usr/bin/valkey-server", "/etc/valkey/valkey.conf", "--requirepass", PASSWORD],
      HostConfig: { NetworkMode: name, ReadonlyRootfs: true, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] },
    });
    await container.start();
    const server = new ValkeyServer(container, network);
    await server.#answers();
    return server;
  }

  /** Its address as it is now. */
  async url(): Promise<string> {
    const [endpoint] = Object.values((await this.container.inspect()).NetworkSettings.Networks);
    return `valkey://:${encodeURIComponent(PASSWORD)}@${endpoint?.IPAddress}:6379`;
  }

  /** kill -9, and a start with nothing in it. */
  async restart(): Promise<void> {
    await this.container.kill();
    await this.container.wait();
    await this.container.start();
    await this.#answers();
  }

  async #answers(): Promise<void> {
    const { hostname, port } = new URL(await this.url());
    while (!(await connects(hostname, Number(port)))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async remove(): Promise<void> {
    await this.container.remove({ force: true });
    await this.network.remove();
  }
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
