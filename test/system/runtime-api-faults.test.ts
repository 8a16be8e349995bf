import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { FakeBackend } from "../support/runtime-api-backend";
import { assertAsOneMachine, programs } from "../support/runtime-api-model";
import { type RunningService, startService } from "../support/runtime-api-process";
import { type Replica, replica } from "../support/runtime-api-replica";
import { ValkeyServer } from "../support/runtime-api-valkey";
import { assertKept, nothingWritten, write } from "../support/runtime-api-writers";

const LIMITS = { RATE_LIMIT_PER_MIN: "10000000", EXECUTION_MAX_KEYS: "10000000" };

describe("runtime-api: kill -9", () => {
  let folder: string;
  let closers: (() => Promise<unknown>)[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-faults-"));
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
    rmSync(folder, { recursive: true });
  });

  it("of the service, 50 times under write load: what was acknowledged is there, none twice, ready again in 2 s", async () => {
    const written = nothingWritten();
    const startsMs: number[] = [];
    let service: RunningService | undefined;
    closers.push(async () => service?.stop("SIGKILL"));
    for (let round = 0; round < 50; round++) {
      const start = performance.now();
      const running = await startService(folder, { DATA_DIR: folder, ...LIMITS });
      startsMs.push(performance.now() - start);
      service = running;
      let killed = false;
      const before = written.puts.size;
      const writing = write(
        () => `http://127.0.0.1:${running.port}`,
        written,
        String(round),
        () => killed,
      );
      while (written.puts.size < before + 20 + (round % 7) * 15) await new Promise(setImmediate);
      await running.stop("SIGKILL");
      killed = true;
      await writing;
    }
    service = await startService(folder, { DATA_DIR: folder, ...LIMITS });
    assert.ok(written.puts.size > 50 * 20);
    const median = startsMs.toSorted((a, b) => a - b)[25] as number;
    assert.ok(median < 2000, `ready after ${median} ms`);
    await assertKept(`http://127.0.0.1:${service.port}`, written);
  });

  it("of the backend, 20 times under write load: answers are 200 or say that it failed, nothing is lost", async () => {
    const written = nothingWritten();
    const backend = new BackendProcess(join(folder, "backend.sqlite"));
    closers.push(() => backend.kill());
    await backend.start();
    const service = await startService(folder, {
      BACKEND_URL: `http://127.0.0.1:${backend.port}`,
      BACKEND_TIMEOUT: "5s",
      DATA_DIR: folder,
      ...LIMITS,
    });
    closers.push(() => service.stop("SIGKILL"));
    let done = false;
    const base = `http://127.0.0.1:${service.port}`;
    const writing = write(
      () => base,
      written,
      "all",
      () => done,
    );
    for (let round = 0; round < 20; round++) {
      const before = written.puts.size;
      while (written.puts.size < before + 20) await new Promise(setImmediate);
      await backend.kill();
      await backend.start();
    }
    done = true;
    await writing;
    await assertKept(base, written);
    assert.equal(written.statuses.get(0), undefined);
    await service.stop("SIGTERM");
    // Each PUT and each increment that was acknowledged left its record, as did some that were not.
    const records = new FakeBackend(join(folder, "backend.sqlite")).auditCount() + waiting(service.printed());
    assert.ok(records >= written.puts.size + written.counted, `${records} records`);
  });

  it("of Valkey, 20 times: two replicas stay as one machine, calls fail clearly or are right", async () => {
    const valkey = await ValkeyServer.start();
    closers.push(() => valkey.remove());
    const backend = await new FakeBackend().start();
    closers.push(() => backend.stop());
    const environment = { VALKEY_URL: await valkey.url(), REPLICAS: "2", BACKEND_TIMEOUT: "10s" };
    const both: Replica[] = [await replica(backend.url, environment), await replica(backend.url, environment)];
    for (const { close } of both) closers.push(close);
    const sends = both.map(({ call }) => call);
    for (const [round, clients] of fc.sample(programs(), { numRuns: 20, seed: 5 }).entries()) {
      while (!both.every((one) => one.connected())) await new Promise((resolve) => setTimeout(resolve, 5));
      let done = false;
      const killAt = backend.received.length + round * 3;
      const running = assertAsOneMachine(sends, clients, `kill-${round}`, true).finally(() => {
        done = true;
      });
      while (!done && backend.received.length < killAt) await new Promise(setImmediate);
      await valkey.restart();
      await running;
    }
  });

  it("of nobody: 1,000 random interleavings of 20 clients over two replicas are those of one machine", async () => {
    const valkey = await ValkeyServer.start();
    closers.push(() => valkey.remove());
    const backend = await new FakeBackend().start();
    closers.push(() => backend.stop());
    const environment = { VALKEY_URL: await valkey.url(), REPLICAS: "2", BACKEND_TIMEOUT: "10s" };
    const both: Replica[] = [await replica(backend.url, environment), await replica(backend.url, environment)];
    for (const { close } of both) closers.push(close);
    while (!both.every((one) => one.connected())) await new Promise((resolve) => setTimeout(resolve, 5));
    let run = 0;
    const property = fc.asyncProperty(programs(), async (clients) => {
      await assertAsOneMachine(
        both.map(({ call }) => call),
        clients,
        `run-${++run}`,
      );
    });
    await fc.assert(property, { numRuns: 1000, endOnFailure: true });
  });
});

/** The known backend in a process of its own, on one port. */
class BackendProcess {
  readonly #file: string;
  port = 0;
  #child: ChildProcess | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  async start(): Promise<void> {
    const execArgv = ["--import", "./register.mjs"];
    const script = "test/support/runtime-api-backend-process.ts";
    this.#child = fork(script, [this.#file, String(this.port)], { execArgv });
    [this.port] = (await once(this.#child, "message")) as [number];
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

/** How many audit records the service said that it still had. */
function waiting(printed: string): number {
  return Number(/"waiting":(\d+)/.exec(printed)?.[1] ?? 0);
}
