import { randomBytes } from "node:crypto";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Container, ContainerCreateOptions } from "dockerode";
import { type Docker, dockerClient, found } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { seccompOption } from "../../docker/seccomp";
import { SECRET } from "./secret";

const MEGABYTE = 1024 * 1024;

/** The image under test: the dev stack's, unless CRONIUM_RUNTIME_API_IMAGE names another. */
export const IMAGE = process.env.CRONIUM_RUNTIME_API_IMAGE || "cronium/runtime-api:latest";

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

/** Starts sidecars of the image as contract.md has them, and removes all it made. */
export class Sidecars {
  readonly docker: Docker;
  readonly prefix = `test-${randomBytes(4).toString("hex")}`;
  readonly #undo: (() => Promise<unknown>)[] = [];

  private constructor(docker: Docker) {
    this.docker = docker;
  }

  static async open(): Promise<Sidecars> {
    const docker = await dockerClient(resolveDockerHost());
    await docker
      .getImage(IMAGE)
      .inspect()
      .catch(() => {
        throw new Error(`there is no image ${IMAGE} on the engine: run ./cronium up, or set CRONIUM_RUNTIME_API_IMAGE`);
      });
    return new Sidecars(docker);
  }

  async volume(): Promise<string> {
    const name = `${this.prefix}-${this.#undo.length}`;
    await this.docker.createVolume({ Name: name });
    this.#undo.push(() => this.docker.getVolume(name).remove());
    return name;
  }

  /** An internal network, as jobs have. */
  async network(): Promise<string> {
    const name = `${this.prefix}-${this.#undo.length}`;
    const network = await this.docker.createNetwork({ Name: name, Internal: true });
    this.#undo.push(() => network.remove());
    return name;
  }

  /** Makes and starts a container of the image: the service, unless `options.Cmd` says otherwise. */
  async start(env: Record<string, string> = {}, options: ContainerCreateOptions = {}): Promise<Container> {
    const container = await this.create(env, options);
    await container.start();
    return container;
  }

  /** Makes a container without starting it. */
  async create(env: Record<string, string>, options: ContainerCreateOptions): Promise<Container> {
    const container = await this.docker.createContainer({
      Image: IMAGE,
      name: `${this.prefix}-${this.#undo.length}`,
      User: "1000:1000",
      Env: Object.entries({ JWT_SECRET: SECRET, ...env }).map(([name, value]) => `${name}=${value}`),
      ...options,
      HostConfig: {
        NetworkMode: "none",
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,nosuid,nodev,noexec,size=50m,mode=1777" },
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges", seccompOption(process.cwd(), "runtime-api")],
        Memory: 256 * MEGABYTE,
        MemorySwap: 256 * MEGABYTE,
        NanoCpus: 500_000_000,
        ...options.HostConfig,
      },
    });
    this.#undo.push(() => found(container.remove({ force: true })));
    return container;
  }

  async remove(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }
}

/** Runs a command in a container, through the Engine API alone. */
export async function exec(container: Container, command: string[], input?: string): Promise<Ran> {
  const started = await container.exec({
    Cmd: command,
    AttachStdin: input !== undefined,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await started.start({ hijack: true, stdin: input !== undefined });
  // Standard input stays open: some clients cannot close it.
  if (input !== undefined) stream.write(input);
  const [out, error] = [new PassThrough(), new PassThrough()];
  container.modem.demuxStream(stream, out, error);
  stream.once("end", () => {
    out.end();
    error.end();
  });
  const [stdout, stderr] = await Promise.all([text(out), text(error)]);
  const { ExitCode } = await started.inspect();
  return { status: ExitCode ?? -1, stdout, stderr };
}

/** What a container printed so far, both streams. */
export async function logs(container: Container): Promise<string> {
  const raw = await container.logs({ stdout: true, stderr: true });
  const parts: string[] = [];
  for (let at = 0; at < raw.length; at += 8 + raw.readUInt32BE(at + 4)) {
    parts.push(raw.toString("utf8", at + 8, at + 8 + raw.readUInt32BE(at + 4)));
  }
  return parts.join("");
}

/** Polls until the engine calls the container healthy; throws with its logs when it is not within 30 s, or ends. */
export async function healthy(container: Container): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const { State } = await container.inspect();
    if (State.Health?.Status === "healthy") return;
    if (!State.Running || Date.now() > until) {
      throw new Error(`not healthy: ${JSON.stringify(State)} ${await logs(container)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The orchestrator's probe: exec of wget until it answers, 30 times. */
export async function probed(container: Container, port = 8081, path = "/health"): Promise<string> {
  for (let attempt = 0; attempt < 30; attempt++) {
    const { status, stdout } = await exec(container, ["wget", "-q", "-O-", `http://localhost:${port}${path}`]);
    if (status === 0) return stdout;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`never answered: ${await logs(container)}`);
}
