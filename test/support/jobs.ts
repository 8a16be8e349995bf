import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import type { Container, ContainerCreateOptions } from "dockerode";
import { pack } from "tar-stream";
import { type Docker, dockerClient, found } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { seccompOption } from "../../docker/seccomp";
import { STORES, type Store } from "../helpers/case";
import { imageRef, requireImages } from "./images";
import { Keeper } from "./keeper";
import { exec, logs, probed, type Ran } from "./runtime-api-container";
import { SECRET } from "./secret";

const MEGABYTE = 1024 * 1024;

/** What the operator's interface knows of an execution; the values as they are stored. */
export interface Execution {
  text: string;
  output?: unknown;
  condition: boolean | null;
  variables: Record<string, unknown>;
}

/** One request that the stand-in saw; the path without the segment that names the test. */
export interface Seen {
  at: number;
  test: string;
  method: string;
  path: string;
  authorization?: string;
  body: string;
}

/** An execution that a job may run for. */
export interface Registered {
  executionId: string;
  token: string;
}

/** A request as no helper makes it. */
export interface RawRequest {
  method: string;
  /** Of the execution. */
  path: string;
  body?: string;
  headers?: Record<string, string>;
  execution: Registered;
}

/** What a raw request came to. */
export interface RawAnswer {
  status: number;
  body: string;
}

const TOKEN = "a.token.of-this-test";
/** The name of the second sidecar. */
const OTHER = "another-runtime-api";

/** How a command ended, and what requests the stand-in saw of it. */
export type Against = Ran & { seen: Seen[] };

export type Environment = Record<string, string | undefined>;

/** What a job's environment says of its execution. */
export function environmentOf({ executionId, token }: Registered): Record<string, string> {
  return {
    CRONIUM_RUNTIME_API: "http://runtime-api:8081",
    CRONIUM_EXECUTION_TOKEN: token,
    CRONIUM_EXECUTION_ID: executionId,
  };
}

/** The environment that leads to the stand-in; TEST is what its requests are known by. */
export function standInEnvironment(test: string, steps: string): Record<string, string> {
  return {
    CRONIUM_RUNTIME_API: `http://stand-in:8081/${test}.${Buffer.from(steps).toString("base64url")}`,
    CRONIUM_EXECUTION_TOKEN: TOKEN,
    CRONIUM_EXECUTION_ID: "e",
  };
}

/** Reads requests from a line of standard input, sends them to a host and prints the answers. */
const RAW = `
const read = async (stream) => { let text = ""; for await (const chunk of stream) text += chunk; return text; };
const answer = async (response) => ({ status: response.statusCode, body: await read(response) });
const send = ({ method, path, body, headers, execution }) => new Promise((resolve, reject) => {
  const authorized = { Authorization: "Bearer " + execution.token, ...headers };
  const [host, id] = [process.argv[1], execution.executionId];
  const options = { host, port: 8081, method, path: "/executions/" + id + path, headers: authorized };
  require("node:http").request(options, (response) => resolve(answer(response))).on("error", reject).end(body);
});
(async () => {
  const chunks = [];
  for await (const chunk of process.stdin.setEncoding("utf8")) if (chunks.push(chunk) && chunk.endsWith("\\n")) break;
  const answers = [];
  for (const request of JSON.parse(chunks.join(""))) answers.push(await send(request));
  console.log(JSON.stringify(answers));
  process.stdin.destroy();
})();
`;

/** Runs scripts as contract.md's job containers, beside a real sidecar and a stand-in that fails as told; removes all of it. */
export class Jobs {
  readonly docker: Docker;
  readonly #prefix = `test-${randomBytes(4).toString("hex")}`;
  readonly #undo: (() => Promise<unknown>)[] = [];
  #made = 0;
  /** Nothing: the runtime API keeps it itself, in SQLite. */
  #keeper: Keeper | undefined;
  #sidecar!: Container;
  #standIn!: Container;

  private constructor(docker: Docker) {
    this.docker = docker;
  }

  static async open(store: Store = "sqlite"): Promise<Jobs> {
    const docker = await dockerClient(resolveDockerHost());
    await requireImages(docker, "bash", "python", "nodejs", "runtime-api");
    const jobs = new Jobs(docker);
    const network = await docker.createNetwork({ Name: jobs.#prefix, Internal: true });
    jobs.#undo.push(() => network.remove());
    if (STORES[store].backend) {
      jobs.#keeper = await Keeper.start(docker, `${jobs.#prefix}-outside`, store);
      jobs.#undo.push(async () => jobs.#keeper?.remove());
    }
    jobs.#sidecar = await jobs.#startSidecar("runtime-api");
    if (jobs.#replicas > 1) await jobs.#startSidecar(OTHER);
    const standIn = readFileSync("test/support/service.ts", "utf8");
    jobs.#standIn = await jobs.#start("nodejs", "stand-in", {
      Cmd: ["node", "--input-type=module-typescript", "-e", standIn],
    });
    return jobs;
  }

  /** Makes an execution known, with this input (JSON text; undefined: none). */
  async register(user: string, input?: string): Promise<Registered> {
    if (this.#keeper) return this.#keeper.register(user, input);
    const request = `{${input === undefined ? "" : `"input":${input},`}"userId":${JSON.stringify(user)},"ttlSeconds":600}\n`;
    const registered = await exec(this.#sidecar, ["cronium-operator", "register"], request);
    if (registered.status !== 0) throw new Error(`cannot register: ${registered.stderr}`);
    return JSON.parse(registered.stdout) as Registered;
  }

  async execution({ executionId }: Registered): Promise<Execution> {
    const { stdout } = await exec(this.#sidecar, ["cronium-operator", "show", executionId]);
    return { ...JSON.parse(stdout), text: stdout } as Execution;
  }

  /** What was handed back: a text with the output in it, and the condition. */
  async ended(execution: Registered): Promise<Pick<Execution, "text" | "condition">> {
    return this.#keeper ? this.#keeper.ended(execution) : this.execution(execution);
  }

  /** Sends requests to a sidecar, another one than the jobs' if there are two, one after another, without a helper. */
  async raw(requests: readonly RawRequest[]): Promise<RawAnswer[]> {
    const host = this.#replicas > 1 ? OTHER : "runtime-api";
    const command = ["node", "-e", RAW, host];
    const { status, stdout, stderr } = await exec(this.#standIn, command, `${JSON.stringify(requests)}\n`);
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as RawAnswer[];
  }

  /** Runs a command of an image for a new execution with this input. */
  async run(
    image: string,
    command: string[],
    { input, user = "user-1", env = {} }: { input?: string; user?: string; env?: Environment } = {},
  ): Promise<Ran & { execution: () => Promise<Execution> }> {
    const registered = await this.register(user, input);
    const ran = await this.runWithout(image, command, { ...environmentOf(registered), ...env });
    return { ...ran, execution: () => this.execution(registered) };
  }

  /** Runs a command against the stand-in, with these steps, and says what requests it saw. */
  async runAgainst(steps: string, image: string, command: string[]): Promise<Against> {
    const test = randomBytes(4).toString("hex");
    const ran = await this.runWithout(image, command, standInEnvironment(test, steps));
    return { ...ran, seen: (await this.seen()).filter((seen) => seen.test.startsWith(`${test}.`)) };
  }

  /** Every request that the stand-in saw. */
  async seen(): Promise<Seen[]> {
    const lines = (await logs(this.#standIn)).split("\n").filter((line) => line.startsWith("{"));
    return lines.map((line) => JSON.parse(line) as Seen);
  }

  /** Makes a volume with these files; a job that mounts it finds them in /table. */
  async volume(files: Record<string, string>): Promise<ContainerCreateOptions> {
    const name = `${this.#prefix}-${this.#made++}`;
    await this.docker.createVolume({ Name: name });
    this.#undo.push(() => this.docker.getVolume(name).remove());
    const HostConfig = { Binds: [`${name}:/table`] };
    // Files cannot be put into a container with a read-only root: one that never runs takes them.
    const carrier = await this.#create("bash", "", { HostConfig: { ...HostConfig, ReadonlyRootfs: false, Tmpfs: {} } });
    const tar = pack();
    for (const [path, content] of Object.entries(files)) tar.entry({ name: path, mode: 0o644 }, content);
    tar.finalize();
    await carrier.putArchive(await buffer(tar), { path: "/table" });
    return { HostConfig: { Binds: [`${name}:/table:ro`] } };
  }

  /** Runs a command with no other environment than this one. */
  async runWithout(
    image: string,
    command: string[],
    env: Environment = {},
    options: ContainerCreateOptions = {},
  ): Promise<Ran> {
    const container = await this.#create(image, "", {
      ...options,
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

  get #replicas(): number {
    return this.#keeper?.replicas ?? 1;
  }

  /** Returns when all that it needs answers. */
  async #startSidecar(alias: string): Promise<Container> {
    const env = { JWT_SECRET: SECRET, ...this.#keeper?.env };
    const Env = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const container = await this.#create("runtime-api", alias, { Env });
    for (const network of this.#keeper?.networks ?? [])
      await this.docker.getNetwork(network).connect({ Container: container.id });
    await container.start();
    await probed(container, 8081, "/ready");
    return container;
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
        // As `cronium run` has it: a name that nobody has is not looked for outside.
        Dns: ["127.0.0.1"],
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
    this.#undo.push(() => found(container.remove({ force: true })));
    return container;
  }
}
