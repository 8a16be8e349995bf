import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Redis } from "../../images/runtime-api/node_modules/iovalkey";
import { token } from "../support/runtime-api";
import { FakeBackend } from "../support/runtime-api-backend";
import { assertAsOneMachine, programs } from "../support/runtime-api-model";
import { type Replica, replica } from "../support/runtime-api-replica";
import { ValkeyServer } from "../support/runtime-api-valkey";

const KEY = "/executions/exec-1/variables/k";

describe("runtime-api: Valkey in front of the backend", () => {
  let valkey: ValkeyServer;
  let backend: FakeBackend;
  let closers: (() => Promise<unknown>)[];
  before(async () => {
    valkey = await ValkeyServer.start();
  });
  after(() => valkey.remove());
  beforeEach(async () => {
    const client = new Redis((await valkey.url()).replace("valkey", "redis"));
    await client.flushall();
    client.disconnect();
    closers = [];
    backend = await new FakeBackend().start();
    backend.contexts.set("exec-1", { userId: "owner" });
  });
  afterEach(async () => {
    for (const close of closers) await close();
    await backend.stop();
  });

  const start = async (environment: Record<string, string> = {}): Promise<Replica> => {
    const one = await replica(backend.url, {
      VALKEY_URL: await valkey.url(),
      REPLICAS: "2",
      BACKEND_TIMEOUT: "10s",
      ...environment,
    });
    closers.push(one.close);
    await until(() => one.connected());
    return one;
  };
  const shown = async (one: Replica) => /"value":(.*)}}$/.exec((await one.call("GET", KEY)).body)?.[1];
  const reads = () => backend.received.filter(({ method, path }) => method === "GET" && path.includes("/variables/"));

  it("answers from the cache what was read or written before, by any replica", async () => {
    const [one, two] = [await start(), await start()];
    await one.call("PUT", KEY, '{"value":1e400}');
    assert.deepEqual([await shown(one), await shown(two)], ["1e400", "1e400"]);
    assert.equal(reads().length, 0);
    backend.set("owner", "seen", "1");
    const seen = KEY.replace("/k", "/seen");
    for (const reader of [one, two, one]) assert.equal((await reader.call("GET", seen)).statusCode, 200);
    assert.equal(reads().length, 1);
  });

  it("shows what one replica wrote to the other at once", async () => {
    const [one, two] = [await start(), await start()];
    for (let n = 0; n < 100; n++) {
      await (n % 2 ? one : two).call("PUT", KEY, `{"value":${n}}`);
      assert.equal(await shown(n % 2 ? two : one), String(n));
    }
    await one.call("DELETE", KEY);
    assert.equal((await two.call("GET", KEY)).statusCode, 404);
  });

  it("counts over both replicas without losing a step", async () => {
    const both = [await start(), await start()];
    await Promise.all(Array.from({ length: 60 }, (_, n) => both[n % 2]?.call("POST", `${KEY}/increment`, "{}")));
    assert.equal(await shown(both[0] as Replica), "60");
  });

  it("does not cache what was written while it was read", async () => {
    const [one, two] = [await start(), await start()];
    await one.call("PUT", KEY, '{"value":1}');
    await one.call("DELETE", KEY);
    let release: (() => void) | undefined;
    backend.fault = ({ method, path }, response) => {
      if (method !== "GET" || !path.includes("/variables/") || release !== undefined) return false;
      release = () => response.end('{"key":"k","value":"an old one","updatedAt":""}');
      return true;
    };
    const slow = one.call("GET", KEY);
    await until(() => release !== undefined);
    backend.fault = () => undefined;
    await two.call("PUT", KEY, '{"value":2}');
    release?.();
    await slow;
    assert.equal(await shown(one), "2");
    assert.equal(await shown(two), "2");
  });

  it("keeps users and keys apart that look alike in a cache's key", async () => {
    const one = await start();
    const as = (userId: string) => token({ executionId: "none", userId });
    const path = (key: string) => `/executions/${"none"}/variables/${encodeURIComponent(key)}`;
    await one.call("PUT", path("b:c"), '{"value":1}', as("a"));
    const other = token({ executionId: "none-2", userId: "a:b" });
    assert.equal((await one.call("GET", "/executions/none-2/variables/c", undefined, other)).statusCode, 404);
  });

  it("asks the backend for what in the cache is not its own", async () => {
    const one = await start();
    await one.call("PUT", KEY, '{"value":1}');
    const client = new Redis((await valkey.url()).replace("valkey", "redis"));
    const [key = ""] = await client.keys("variable:owner*:k");
    for (const junk of ["junk", "[1]", '{"value":}']) {
      await client.set(key, junk);
      assert.equal(await shown(one), "1", junk);
    }
    client.disconnect();
  });

  it("goes on without Valkey where there is one replica, and forgets what it cached of what was written", async () => {
    const one = await start({ REPLICAS: "1" });
    await one.call("PUT", KEY, '{"value":1}');
    assert.equal(await shown(one), "1");
    await valkey.container.pause();
    try {
      assert.equal(await shown(one), "1");
      assert.equal((await one.call("PUT", KEY, '{"value":2}')).statusCode, 200);
      assert.equal((await one.call("POST", `${KEY}/increment`, "{}")).statusCode, 200);
      assert.equal(await shown(one), "3");
      assert.equal((await one.call("GET", "/ready", undefined, null)).statusCode, 503);
      assert.equal((await one.call("GET", "/health", undefined, null)).statusCode, 200);
    } finally {
      await valkey.container.unpause();
    }
    await until(() => one.connected());
    assert.equal(await shown(one), "3");
  });

  it("refuses writes of a replica that cannot reach Valkey, for others may cache; reads go on", async () => {
    const one = await start();
    await one.call("PUT", KEY, '{"value":1}');
    await valkey.container.pause();
    try {
      assert.equal(await shown(one), "1");
      const put = await one.call("PUT", KEY, '{"value":2}');
      assert.equal(put.statusCode, 503);
      assert.equal(put.headers["retry-after"], "1");
    } finally {
      await valkey.container.unpause();
    }
    await until(() => one.connected());
    assert.equal((await one.call("PUT", KEY, '{"value":2}')).statusCode, 200);
    assert.equal(await shown(one), "2");
  });

  it("starts and works without Valkey, and never shows its password", async () => {
    const one = await replica(backend.url, { VALKEY_URL: "valkey://:hunter2@127.0.0.1:1" });
    closers.push(one.close);
    assert.equal((await one.call("PUT", KEY, '{"value":1}')).statusCode, 200);
    assert.equal(await shown(one), "1");
    assert.ok(!one.lines.join("").includes("hunter2"));
  });

  it("is as one machine for 20 clients over two replicas", async () => {
    const both = [await start(), await start()];
    let run = 0;
    await fc.assert(
      fc.asyncProperty(programs(), async (clients) => {
        const sends = both.map(({ call }) => call);
        await assertAsOneMachine(sends, clients, `run-${++run}`);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
});

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < end, "it did not happen within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
