import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import type { Container, ContainerCreateOptions } from "dockerode";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { seccompOption } from "../../docker/seccomp";
import { imageRef, requireImages } from "./images";
import { exec, healthy, logs, type Ran } from "./runtime-api-container";

const MEGABYTE = 1024 * 1024;

/** What the operator's interface knows of an execution; the values as they are stored. */
export interface Execution {
  text: string;
  output?: unknown;
  condition: boolean | null;
  variables: Record<string, unknown>;
}

/** One request that the stand-in saw. */
export interface Seen {
  at: number;
  method: string;
  url: string;
  authorization?: string;
  body: string;
}

/** How a command ended, and what requests the stand-in saw of it. */
export type Against = Ran & { seen: Seen[] };

/** Runs scripts as contract.md's job containers, beside a real sidecar and a stand-in that fails as told; removes all of it. */
export class Jobs {
  readonly docker: Docker;
  readonly #prefix = `test-${randomBytes(4).toString("hex")}`;
  readonly #undo: (() => Promise<unknown>)[] = [];
  #made = 0;
  #sidecar!: Container;
  #standIn!: Container;

  private constructor(docker: Docker) {
    this.docker = docker;
  }

  static async open(): Promise<Jobs> {
    const docker = await dockerClient(resolveDockerHost());
    await requireImages(docker, "bash", "python", "nodejs", "runtime-api");
    const jobs = new Jobs(docker);
    const network = await docker.createNetwork({ Name: jobs.#prefix, Internal: true });
    jobs.#undo.push(() => network.remove());
    jobs.#sidecar = await jobs.#start("runtime-api", "runtime-api", { Env: [`JWT_SECRET=${jobs.#prefix.repeat(4)}`] });
    const standIn = readFileSync("test/support/service.ts", "utf8");
    jobs.#standIn = await jobs.#start("nodejs", "stand-in", {
      Cmd: ["node", "--input-type=module-typescript", "-e", standIn],
    });
    await healthy(jobs.#sidecar);
    return jobs;
  }

  /** Runs a command of an image for a new execution with this input (JSON text; undefined: none). */
  async run(
    image: string,
    command: string[],
    {
      input,
      user = "user-1",
      env = {},
    }: { input?: string; user?: string; env?: Record<string, string | undefined> } = {},
  ): Promise<Ran & { execution: () => Promise<Execution> }> {
    const request = `{${input === undefined ? "" : `"input":${input},`}"userId":${JSON.stringify(user)},"ttlSeconds":600}\n`;
    const registered = await exec(this.#sidecar, ["cronium-operator", "register"], request);
    if (registered.status !== 0) throw new Error(`cannot register: ${registered.stderr}`);
    const { executionId, token } = JSON.parse(registered.stdout) as { executionId: string; token: string };
    const ran = await this.runWithout(image, command, {
      CRONIUM_RUNTIME_API: "http://runtime-api:8081",
      CRONIUM_EXECUTION_TOKEN: token,
      CRONIUM_EXECUTION_ID: env.CRONIUM_EXECUTION_ID === "TOKEN" ? token : executionId,
      ...Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "TOKEN")),
    });
    const execution = async () => {
      const { stdout } = await exec(this.#sidecar, ["cronium-operator", "show", executionId]);
      return { ...JSON.parse(stdout), text: stdout } as Execution;
    };
    return { ...ran, execution };
  }

  /** Runs a command against the stand-in, with these steps, and says what requests it saw. */
  async runAgainst(steps: string, image: string, command: string[]): Promise<Against> {
    const test = randomBytes(4).toString("hex");
    const ran = await this.runWithout(image, command, {
      CRONIUM_RUNTIME_API: `http://stand-in:8081/${test}`,
      CRONIUM_EXECUTION_TOKEN: "a.token.of-this-test",
      CRONIUM_EXECUTION_ID: steps,
    });
    const lines = (await logs(this.#standIn)).split("\n").filter((line) => line.includes(`"/${test}/`));
    return { ...ran, seen: lines.map((line) => JSON.parse(line) as Seen) };
  }

  /** Runs a command with no other environment than this one. */
  async runWithout(image: string, command: string[], env: Record<string, string | undefined> = {}): Promise<Ran> {
    const container = await this.#create(image, "", {
      Cmd: command,
      WorkingDir: "/workspace",
      Env: Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
    });
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const [out, error] = [new PassThrough(), new PassThrough()];
    container.modem.demuxStream(stream, out, error);
    stream.once("end", () => {
      out.end();
      error.end();
    });
    await container.start();
    const [stdout, stderr, { StatusCode }] = await Promise.all([text(out), text(error), container.wait()]);
    return { status: StatusCode, stdout, stderr };
  }

  /** Starts a container of an image that stays; removed with the rest. */
  start(image: string, options: ContainerCreateOptions = {}): Promise<Container> {
    return this.#start(image, "", options);
  }

  async remove(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo();
  }

  async #start(image: string, alias: string, options: ContainerCreateOptions): Promise<Container> {
    const container = await this.#create(image, alias, options);
    await container.start();
    return container;
  }

  async #create(image: string, alias: string, options: ContainerCreateOptions): Promise<Container> {
    const container = await this.docker.createContainer({
      Image: imageRef(image),
      name: `${this.#prefix}-${this.#made++}`,
      User: "1000:1000",
      ...options,
      HostConfig: {
        NetworkMode: this.#prefix,
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,nosuid,nodev,size=100m,mode=1777" },
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges", seccompOption(process.cwd(), "job")],
        Memory: 512 * MEGABYTE,
        MemorySwap: 512 * MEGABYTE,
        PidsLimit: 100,
        ...options.HostConfig,
      },
      ...(alias && { NetworkingConfig: { EndpointsConfig: { [this.#prefix]: { Aliases: [alias] } } } }),
    });
    this.#undo.push(() => container.remove({ force: true }).catch(ignoreMissing));
    return container;
  }
}

function ignoreMissing(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error;
}
