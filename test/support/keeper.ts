import { randomUUID } from "node:crypto";
import type { Docker } from "../../docker/client";
import { STORES, type Store } from "../helpers/case";
import type { Registered } from "./jobs";
import { FakeBackend } from "./runtime-api-backend";
import { ValkeyServer } from "./runtime-api-valkey";
import { token } from "./token";

/**
 * What is behind runtime APIs that keep nothing themselves: a backend in this process, at the address that this machine has
 * on a bridge of the test's own, and perhaps a Valkey.
 */
export class Keeper {
  /** How many runtime APIs write to it. */
  readonly replicas: number;
  /** Their settings. */
  readonly env: Record<string, string>;
  /** What they have to be on beside the jobs' network. */
  readonly networks: readonly string[];
  readonly #backend: FakeBackend;
  readonly #undo: readonly (() => Promise<unknown>)[];

  private constructor(
    replicas: number,
    env: Record<string, string>,
    networks: readonly string[],
    backend: FakeBackend,
    undo: readonly (() => Promise<unknown>)[],
  ) {
    this.replicas = replicas;
    this.env = env;
    this.networks = networks;
    this.#backend = backend;
    this.#undo = undo;
  }

  static async start(docker: Docker, name: string, store: Store): Promise<Keeper> {
    const { replicas, valkey: hasValkey } = STORES[store];
    const network = await docker.createNetwork({ Name: name });
    const gateway = (await network.inspect()).IPAM?.Config?.[0]?.Gateway as string;
    const backend = await new FakeBackend(":memory:", gateway).start();
    backend.tools = (body) => [200, `{"success":true,"data":${/"params":(.*)\}$/.exec(body)?.[1]}}`];
    const valkey = hasValkey ? await ValkeyServer.start() : undefined;
    const env = {
      BACKEND_URL: backend.url,
      BACKEND_TOKEN: "internal",
      REPLICAS: String(replicas),
      ...(valkey && { VALKEY_URL: await valkey.url() }),
    };
    const networks = [network.id, ...(valkey ? [valkey.network.id] : [])];
    const undo = [async () => valkey?.remove(), () => backend.stop(), () => network.remove()];
    return new Keeper(replicas, env, networks, backend, undo);
  }

  /** As an orchestrator with a backend does it: the token is its own; whose execution it is, the backend says. */
  register(user: string, input = "null"): Registered {
    const executionId = randomUUID();
    const metadata = `{"input":${input}}`;
    this.#backend.contexts.set(executionId, `{"userId":${JSON.stringify(user)},"metadata":${metadata}}`);
    return { executionId, token: token({ executionId, userId: "not the backend's" }) };
  }

  /** What the backend was told of an execution's end: the output's request, and the condition. */
  ended({ executionId }: Registered): { text: string; condition: boolean | null } {
    const condition = this.#backend.conditions.get(executionId);
    return {
      text: this.#backend.outputs.get(executionId) ?? "",
      condition: condition === undefined ? null : JSON.parse(condition).condition,
    };
  }

  async remove(): Promise<void> {
    for (const undo of this.#undo) await undo();
  }
}
