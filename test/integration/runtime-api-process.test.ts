import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SECRET, token } from "../support/runtime-api";
import { failToStart, type RunningService, raw, startService } from "../support/runtime-api-process";

const authorization = `Bearer ${token()}`;
const HEAD = `Host: x\r\nAuthorization: ${authorization}\r\n`;

describe("runtime-api: as a process", () => {
  let folder: string;
  let running: RunningService | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-service-"));
  });
  afterEach(async () => {
    await running?.stop("SIGKILL");
    running = undefined;
    rmSync(folder, { recursive: true });
  });
  const start = async (environment?: Record<string, string>): Promise<RunningService> => {
    running = await startService(folder, environment);
    return running;
  };

  for (const [what, environment, message] of [
    ["no secret", {}, /^runtime-api: JWT_SECRET is missing/],
    ["a short secret", { JWT_SECRET: "hunter2" }, /^runtime-api: JWT_SECRET has 7 bytes/],
    ["a bad port", { JWT_SECRET: SECRET, PORT: "x" }, /^runtime-api: PORT is "x"/],
    [
      "replicas that would not see each other's data",
      { JWT_SECRET: SECRET, REPLICAS: "2" },
      /^runtime-api: REPLICAS is 2, but each keeps its own data/,
    ],
    [
      "a folder that is not there",
      { JWT_SECRET: SECRET, DATA_DIR: "/nonexistent" },
      /^runtime-api: DATA_DIR is "\/nonexistent"/,
    ],
  ] as const) {
    it(`does not start with ${what}: status 1 and one clear line`, () => {
      const { status, stderr } = failToStart(environment);
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      assert.ok(!stderr.includes("hunter2"));
    });
  }

  it("does not start on a port that is in use", async () => {
    const { port } = await start();
    const { status, stderr } = failToStart({
      JWT_SECRET: SECRET,
      PORT: String(port),
      OPERATOR_SOCKET: `${folder}/second.sock`,
    });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^runtime-api: PORT ${port} is in use`));
  });

  it("does not start where the operator's socket cannot be", () => {
    const { status, stderr } = failToStart({ JWT_SECRET: SECRET });
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^runtime-api: The operator's socket \/nonexistent\/operator.sock cannot be made \(\w+\): mount a tmpfs/,
    );
  });

  it("says whether data is kept, warns about misspelt settings, and logs JSON lines", async () => {
    const { printed } = await start({ RUNTIME_PROT: "1" });
    const lines = printed()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(lines.some(({ msg }) => String(msg).startsWith("the store is in memory: data is lost")));
    assert.ok(lines.some(({ name, msg }) => name === "RUNTIME_PROT" && String(msg).includes("no effect")));
  });

  it("serves keys that URL libraries fold away, chunked bodies, and HTTP/1.0", async () => {
    const { port } = await start();
    const put = `PUT /executions/exec-1/variables/.. HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
    assert.match(await raw(port, put, '3\r\n{"v\r\n', '9\r\nalue":1.0\r\n', "1\r\n}\r\n0\r\n\r\n"), /^HTTP\/1.1 200/);
    const got = await raw(port, `GET /executions/exec-1/variables/%2E%2e HTTP/1.0\r\n${HEAD}\r\n`);
    assert.match(got, /"data":{"key":"..","value":1.0}}$/);
  });

  it("answers malformed HTTP and oversized headers as JSON too", async () => {
    const { port } = await start();
    for (const [message, status, error] of [
      ["NONSENSE\r\n\r\n", 400, "Bad Request"],
      [`GET /health HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431, "Request Header Fields Too Large"],
    ] as const) {
      const answer = await raw(port, message);
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
      const body = JSON.parse(answer.split("\r\n\r\n")[1] as string) as Record<string, unknown>;
      assert.equal(body.error, error);
      assert.equal(typeof body.message, "string");
    }
  });

  it("lets a client that sends far too much read its 413", async () => {
    const { port } = await start();
    for (const headers of [{ "content-length": String(40_000_000) }, {}] as Record<string, string>[]) {
      const status = await new Promise((resolve, reject) => {
        const options = {
          port,
          method: "POST",
          path: "/executions/exec-1/output",
          headers: { authorization, ...headers },
        };
        const sent = request(options, (response) => resolve(response.resume().statusCode));
        sent.on("error", reject);
        sent.end(Buffer.alloc(40_000_000, "x"));
      });
      assert.equal(status, 413);
    }
  });

  it("offers the operator's interface on a socket for this user alone", async () => {
    const { operator, socket, port } = await start();
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const registered = operator(["register"], '{"userId":"u","input":{"big":12345678901234567890}}\nmore');
    assert.equal(registered.status, 0, registered.stderr);
    const { executionId, token: bearer } = JSON.parse(registered.stdout) as { executionId: string; token: string };
    const input = await fetch(`http://127.0.0.1:${port}/executions/${executionId}/input`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    assert.equal(await input.text(), '{"success":true,"data":{"big":12345678901234567890}}');
    assert.ok(
      operator(["show", executionId]).stdout.endsWith(
        '"input":{"big":12345678901234567890},"condition":null,"variables":{}}\n',
      ),
    );
    assert.match(operator(["list"]).stdout, new RegExp(`^\\[{"executionId":"${executionId}".*}\\]\\n$`));
    assert.equal(operator(["expire", executionId]).stdout, `{"executionId":"${executionId}","expired":true}\n`);
    for (const [words, message] of [
      [["show", executionId], /There is no execution/],
      [["expire", "../x"], /There is no execution "..\/x"/],
      [["register"], /must be a JSON object/],
      [["frobnicate"], /usage: cronium-operator register/],
      [["show"], /usage: cronium-operator register/],
    ] as const) {
      const { status, stdout, stderr } = operator([...words]);
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, message);
    }
  });

  it("rotates the secret of its file without a restart: tokens of both work, in every order of the writes", async () => {
    const [current, previous] = [join(folder, "current"), join(folder, "previous")];
    const fresh = "another secret of this test, 32 bytes or more";
    writeFileSync(current, SECRET);
    writeFileSync(previous, "");
    const files = { JWT_SECRET: "", JWT_SECRET_FILE: current, JWT_SECRET_PREVIOUS_FILE: previous };
    const { port } = await start(files);
    const status = async (bearer: string) => {
      const headers = { authorization: `Bearer ${bearer}` };
      return (await fetch(`http://127.0.0.1:${port}/executions/exec-1/input`, { headers })).status;
    };
    const of = (secret: string, jti: number) => token({ jti: String(jti) }, { secret });
    assert.deepEqual([await status(of(SECRET, 1)), await status(of(fresh, 1))], [200, 401]);
    writeFileSync(current, fresh);
    for (let tried = 0; (await status(of(fresh, 2))) !== 200; tried++) assert.ok(tried < 10_000);
    assert.equal(await status(of(SECRET, 2)), 200);
    writeFileSync(previous, SECRET);
    assert.deepEqual([await status(of(SECRET, 3)), await status(of(fresh, 3))], [200, 200]);
    writeFileSync(current, "short");
    assert.deepEqual([await status(of(SECRET, 4)), await status(of(fresh, 4))], [200, 200]);
  });

  it("finishes what it accepted after SIGTERM, refuses what comes later, and ends with status 0", async () => {
    const { port, stop } = await start({ DATA_DIR: folder });
    const idle = connect(port, "127.0.0.1");
    await once(idle, "connect");
    const slow = connect(port, "127.0.0.1");
    await once(slow, "connect");
    slow.write(`PUT /executions/exec-1/variables/k HTTP/1.1\r\n${HEAD}Content-Length: 11\r\n\r\n{"value"`);
    // Once another request is answered, the first part of the slow one has been read.
    await fetch(`http://127.0.0.1:${port}/health`);
    const stopped = stop("SIGTERM");
    await once(idle, "close");
    await assert.rejects(fetch(`http://127.0.0.1:${port}/health`));
    const answer = once(slow, "data");
    slow.write(":1}");
    assert.match(String((await answer)[0]), /^HTTP\/1.1 200/);
    const { status, ms } = await stopped;
    assert.equal(status, 0);
    assert.ok(ms < 2000, `${ms} ms`);
    const again = await start({ DATA_DIR: folder });
    const got = await fetch(`http://127.0.0.1:${again.port}/executions/exec-1/variables/k`, {
      headers: { authorization },
    });
    assert.equal(await got.text(), '{"success":true,"data":{"key":"k","value":1}}');
  });

  it("ends within the 5 s that orchestrators give, also when a client never finishes its request", async () => {
    const { port, stop } = await start();
    const stuck = connect(port, "127.0.0.1").on("error", () => undefined);
    await once(stuck, "connect");
    stuck.write(`PUT /executions/exec-1/variables/k HTTP/1.1\r\n${HEAD}Content-Length: 11\r\n\r\n{`);
    await fetch(`http://127.0.0.1:${port}/health`);
    const { status, ms } = await stop("SIGTERM");
    assert.equal(status, 0);
    assert.ok(ms < 5000, `${ms} ms`);
  });

  it("has every acknowledged write after kill -9 under load, and starts again beside what was left behind", async () => {
    let written = 0;
    const lost = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const { port, stop } = await start({ DATA_DIR: folder, RATE_LIMIT_PER_MIN: "1000000" });
      const write = async () => {
        for (;;) {
          const value = written + 1;
          const path = `http://127.0.0.1:${port}/executions/exec-1/variables/k${value}`;
          written = value;
          const answer = await fetch(path, {
            method: "PUT",
            headers: { authorization },
            body: `{"value":${value}}`,
          }).catch(() => undefined);
          if (answer?.status !== 200) return value;
        }
      };
      const failed = Promise.all([write(), write(), write(), write()]);
      while (written < (round + 1) * 300) await new Promise(setImmediate);
      await stop("SIGKILL");
      for (const value of await failed) lost.add(value);
      const again = await start({ DATA_DIR: folder, RATE_LIMIT_PER_MIN: "1000000" });
      for (let value = round * 300 + 1; value <= written; value++) {
        const got = await fetch(`http://127.0.0.1:${again.port}/executions/exec-1/variables/k${value}`, {
          headers: { authorization },
        });
        const text = await got.text();
        if (!lost.has(value)) assert.ok(text.endsWith(`"value":${value}}}`), `${value}: ${text}`);
      }
      await again.stop("SIGKILL");
    }
  });
});
