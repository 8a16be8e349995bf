import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DELETED, fromBackend, toBackendText } from "../../images/runtime-api/src/backend-text";
import type { JsonText } from "../../images/runtime-api/src/json-text";
import { token } from "../support/runtime-api";
import { FakeBackend } from "../support/runtime-api-backend";
import { replica } from "../support/runtime-api-replica";

const EXECUTION = "/executions/exec-1";

describe("runtime-api: values across a backend that keeps text", () => {
  const texts: [value: string, text: string][] = [
    ["42", "42"],
    ["-0", "-0"],
    ["1e400", "1e400"],
    ["null", "null"],
    ["true", "true"],
    ['{"b": 1,"b":2}', '{"b": 1,"b":2}'],
    ['"plain é😀"', "plain é😀"],
    ['""', ""],
    ['"0123"', "0123"],
    ['"42"', '"42"'],
    ['" 42 "', '" 42 "'],
    ['"true"', '"true"'],
    ['"null"', '"null"'],
    ['"{}"', '"{}"'],
    ['"\\"quoted\\""', '"\\"quoted\\""'],
    ['"\\u0000"', '"\\u0000"'],
    ['"\\ud800"', '"\\ud800"'],
    ['"\\u00e9"', '"\\u00e9"'],
    [`"${DELETED}"`, `"${DELETED}"`],
  ];
  for (const [value, text] of texts) {
    it(`sends ${value} as ${text} and reads it back`, () => {
      assert.equal(toBackendText(value as JsonText), text);
      assert.equal(fromBackend(JSON.stringify(text) as JsonText), value);
    });
  }

  it("reads what a backend with types sends as it is, and its own mark as nothing", () => {
    for (const value of ["42", "true", "null", "[1]", '"text"']) assert.equal(fromBackend(value as JsonText), value);
    assert.equal(fromBackend(JSON.stringify(toBackendText(undefined)) as JsonText), undefined);
  });
});

describe("runtime-api: the backend store", () => {
  let backend: FakeBackend;
  let closers: (() => Promise<unknown>)[];
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "cronium-backend-"));
    closers = [];
    backend = await new FakeBackend().start();
    backend.contexts.set("exec-1", { userId: "owner", jobId: "job-1", metadata: { input: { n: 1 } } });
  });
  afterEach(async () => {
    for (const close of closers) await close();
    await backend.stop();
    rmSync(folder, { recursive: true });
  });

  const over = async (environment: Record<string, string> = {}, dataDir?: string) => {
    const one = await replica(backend.url, environment, dataDir);
    closers.push(one.close);
    return one;
  };
  const failing = (times: number, status: number) => {
    let left = times;
    backend.fault = ({ path }, response) => {
      if (path.endsWith("/audit") || left-- <= 0) return false;
      response.writeHead(status).end("<p>an error of something else</p>");
      return true;
    };
  };
  const calls = (path: string) => backend.received.filter((one) => one.path.startsWith(`/api/internal/${path}`));

  it("reads input and context exactly, what the backend does not know from the token", async () => {
    const api = await over();
    backend.contexts.set("exec-1", '{"userId":"owner","metadata":{"input":{"n":12345678901234567890}},"event":null}');
    assert.equal(
      (await api.call("GET", `${EXECUTION}/input`)).body,
      '{"success":true,"data":{"n":12345678901234567890}}',
    );
    const { data } = (await api.call("GET", `${EXECUTION}/context`)).json<{ data: Record<string, unknown> }>();
    assert.match(String(data.startTime), /^\d{4}-\d\d-\d\dT/);
    assert.deepEqual(
      [data.executionId, data.userId, data.jobId, data.eventId, data.event],
      ["exec-1", "owner", "job-1", "event-1", undefined],
    );
    const [{ headers } = assert.fail()] = backend.received;
    assert.equal(headers.authorization, "Bearer internal");
    assert.equal(headers["x-execution-id"], "exec-1");
    assert.deepEqual([headers.accept, headers["content-type"]], ["application/json", "application/json"]);
  });

  it("passes event and user on, and sends no token where there is none", async () => {
    const api = await over({ BACKEND_TOKEN: "" });
    const event = { id: "7", name: "nightly", type: "BASH" };
    backend.contexts.set("exec-1", {
      userId: 5,
      eventId: 7,
      event,
      user: { id: "5" },
      startTime: "2026-01-01T00:00:00Z",
    });
    const { data } = (await api.call("GET", `${EXECUTION}/context`)).json<{ data: Record<string, unknown> }>();
    assert.deepEqual(data, {
      executionId: "exec-1",
      jobId: "job-1",
      eventId: "7",
      eventName: "nightly",
      eventType: "BASH",
      userId: "5",
      startTime: "2026-01-01T00:00:00Z",
      metadata: {},
      event,
      user: { id: "5" },
    });
    assert.equal((await api.call("GET", `${EXECUTION}/input`)).body, '{"success":true}');
    assert.equal(backend.received[0]?.headers.authorization, undefined);
  });

  for (const value of [
    "false",
    "0",
    '""',
    "null",
    '"0123"',
    '"true"',
    "9007199254740993",
    "-0",
    "1e400",
    '"\\u0000é"',
  ]) {
    it(`gives ${value} back`, async () => {
      const api = await over();
      assert.equal((await api.call("PUT", `${EXECUTION}/variables/k`, `{"value":${value}}`)).statusCode, 200);
      const got = await api.call("GET", `${EXECUTION}/variables/k`);
      assert.equal(got.body, `{"success":true,"data":{"key":"k","value":${value}}}`);
    });
  }

  it("escapes what goes into a path, and keeps the user's variables under the context's user", async () => {
    const api = await over();
    for (const key of ["#", "?", "/", "%", "%2F", "a b", "é😀", "a\u0000b"]) {
      const path = `${EXECUTION}/variables/${encodeURIComponent(key)}`;
      assert.equal((await api.call("PUT", path, '{"value":1}')).statusCode, 200, key);
      assert.equal((await api.call("GET", path)).json<{ data: { key: string } }>().data.key, key);
      assert.equal(backend.text("owner", key), "1", key);
    }
    const caller = { executionId: "exec-1", userId: "owner", jobId: "", eventId: "", expiresAt: 0 };
    for (const key of [".", ".."]) {
      await api.store.setVariable(caller, key, "2" as JsonText);
      assert.equal(backend.text("owner", key), "2");
    }
  });

  it("deletes with a mark, and counts and appends", async () => {
    const api = await over();
    const k = `${EXECUTION}/variables/k`;
    assert.equal((await api.call("DELETE", k)).statusCode, 404);
    await api.call("PUT", k, '{"value":41}');
    const counted = await Promise.all(Array.from({ length: 20 }, () => api.call("POST", `${k}/increment`, "{}")));
    assert.ok(counted.every(({ statusCode }) => statusCode === 200));
    assert.equal(backend.text("owner", "k"), "61");
    const tag = { "if-match": String((await api.call("GET", k)).headers.etag) };
    assert.equal((await api.call("PUT", k, '{"value":"a"}', token(), tag)).statusCode, 200);
    assert.equal((await api.call("PUT", k, '{"value":"b"}', token(), tag)).statusCode, 412);
    assert.equal(
      (await api.call("POST", `${k}/append`, '{"value":"b"}')).json<{ data: { value: string } }>().data.value,
      "ab",
    );
    assert.equal((await api.call("DELETE", k)).statusCode, 200);
    assert.equal((await api.call("GET", k)).statusCode, 404);
    assert.equal((await api.call("DELETE", k)).statusCode, 404);
    assert.equal((await api.call("GET", `${EXECUTION}/variables`)).statusCode, 404);
  });

  it("hands output and condition on with the time", async () => {
    const api = await over();
    await api.call("POST", `${EXECUTION}/output`, '{"data":1e400}');
    await api.call("POST", `${EXECUTION}/condition`, '{"condition":true}');
    assert.match(backend.outputs.get("exec-1") ?? "", /^{"output":1e400,"timestamp":"\d{4}-.*Z"}$/);
    assert.match(backend.conditions.get("exec-1") ?? "", /^{"condition":true,"timestamp":"\d{4}-.*Z"}$/);
  });

  it("tries failures again, and not without end: 502, never 500", async () => {
    const api = await over();
    failing(3, 500);
    assert.equal((await api.call("GET", `${EXECUTION}/input`)).statusCode, 200);
    assert.equal(calls("executions").length, 4);
    failing(99, 503);
    assert.equal((await api.call("POST", `${EXECUTION}/output`, "{}")).statusCode, 502);
    assert.equal(calls("executions").length, 8);
  });

  it("answers 504 within BACKEND_TIMEOUT to a backend that hangs, and 502 to one that is gone", async () => {
    const api = await over({ BACKEND_TIMEOUT: "200ms" });
    backend.fault = () => true;
    const start = performance.now();
    assert.equal((await api.call("GET", `${EXECUTION}/input`)).statusCode, 504);
    assert.ok(performance.now() - start < 1000);
    await backend.stop();
    assert.equal((await api.call("GET", `${EXECUTION}/input`)).statusCode, 502);
    assert.equal((await api.call("GET", "/ready", undefined, null)).statusCode, 503);
    assert.equal((await api.call("GET", "/health", undefined, null)).statusCode, 200);
  });

  for (const [status, passed] of [
    [404, 404],
    [400, 400],
    [409, 409],
    [422, 400],
    [429, 429],
    [401, 502],
    [403, 502],
    [302, 502],
  ] as const) {
    it(`answers ${passed} to the backend's ${status}, at once`, async () => {
      const api = await over({ BACKEND_MAX_RETRIES: "0" });
      failing(99, status);
      assert.equal((await api.call("POST", `${EXECUTION}/output`, "{}")).statusCode, passed);
      assert.equal(calls("executions").length, 1);
    });
  }

  it("answers 502 to what is no JSON, or none that it should be", async () => {
    const api = await over({ BACKEND_MAX_RETRIES: "0" });
    for (const answer of ["<p>", "[1]", '"text"', ""]) {
      backend.fault = (_received, response) => Boolean(response.writeHead(200).end(answer));
      assert.equal((await api.call("GET", `${EXECUTION}/context`)).statusCode, 502, answer);
    }
  });

  it("takes the token's user for an execution that the backend does not know", async () => {
    const api = await over();
    const unknown = token({ executionId: "new", userId: "u" });
    assert.equal((await api.call("PUT", "/executions/new/variables/k", "{}", unknown)).statusCode, 200);
    assert.equal(backend.text("u", "k"), "null");
    assert.equal((await api.call("GET", "/executions/new/context", undefined, unknown)).statusCode, 404);
    const nobody = token({ executionId: "new-2", userId: "" });
    assert.equal((await api.call("GET", "/executions/new-2/variables/k", undefined, nobody)).statusCode, 404);
  });

  it("has tool actions done once, or again with a key, and answers the known backend's 404 in JSON", async () => {
    const api = await over();
    const act = (headers: Record<string, string> = {}) =>
      api.call(
        "POST",
        "/tool-actions/execute",
        '{"tool":"email","action":"send_message","config":{"to":[1e400]}}',
        token(),
        headers,
      );
    const missing = await act();
    assert.equal(missing.statusCode, 404);
    assert.equal(missing.json<{ error: string }>().error, "Not Found");
    backend.tools = () => [200, '{"success":true,"data":{"id":12345678901234567890},"extra":1}'];
    assert.equal((await act()).body, '{"success":true,"data":{"id":12345678901234567890}}');
    const { body } = calls("tools").at(-1) ?? assert.fail();
    assert.equal(
      body,
      '{"executionId":"exec-1","userId":"owner","tool":"email","action":"send_message","params":{"to":[1e400]}}',
    );
    backend.tools = () => [200, '{"success":false,"error":"no such address"}'];
    assert.deepEqual((await act()).json(), { success: false, data: null, error: "no such address" });
    backend.received.length = 0;
    backend.tools = () => [500, "{}"];
    assert.equal((await act()).statusCode, 502);
    assert.equal(calls("tools").length, 1);
    assert.equal((await act({ "idempotency-key": "once" })).statusCode, 502);
    assert.equal(calls("tools").length, 5);
    assert.equal(calls("tools").at(-1)?.headers["idempotency-key"], "once");
  });

  it("hands audit records on, with details, without values, and not as part of the request", async () => {
    const api = await over();
    await api.call("PUT", `${EXECUTION}/variables/k`, '{"value":"secret"}');
    await api.call("POST", `${EXECUTION}/condition`, '{"condition":true}');
    await api.close();
    assert.deepEqual(
      backend.audits.map(({ executionId, action, details }) => [executionId, action, details]),
      [
        ["exec-1", "set_variable", { key: "k" }],
        ["exec-1", "set_condition", { condition: true, userId: "user-1" }],
      ],
    );
    assert.ok(!JSON.stringify(backend.audits).includes("secret"));
  });

  it("keeps audit records on the data volume over an outage and a restart", async () => {
    const first = await over({}, folder);
    await first.call("GET", `${EXECUTION}/input`);
    await first.close();
    assert.equal(backend.audits.length, 1);
    const second = await over({ BACKEND_MAX_RETRIES: "0" }, folder);
    backend.fault = ({ path }, response) => path.endsWith("/audit") && Boolean(response.writeHead(500).end());
    for (let n = 0; n < 20; n++) await second.call("GET", `${EXECUTION}/input`);
    await second.close();
    assert.equal(backend.audits.length, 1);
    backend.fault = () => undefined;
    const third = await over({}, folder);
    await third.close();
    assert.equal(backend.audits.length, 21);
  });

  it("says how many audit records a memory lost, after trying at the end", async () => {
    const api = await over({ BACKEND_MAX_RETRIES: "0" });
    await api.call("GET", `${EXECUTION}/input`);
    backend.fault = ({ path }, response) => path.endsWith("/audit") && Boolean(response.writeHead(500).end());
    await api.call("GET", `${EXECUTION}/input`);
    await api.close();
    assert.ok(api.lines.some((line) => line.includes("audit records were not taken") && line.includes('"waiting":')));
  });

  it("is one of several replicas: plain reads and writes go on, one step over all of them is refused", async () => {
    const api = await over({ REPLICAS: "2" });
    const k = `${EXECUTION}/variables/k`;
    assert.equal((await api.call("PUT", k, '{"value":1}')).statusCode, 200);
    assert.equal((await api.call("GET", k)).statusCode, 200);
    for (const [method, path, headers] of [
      ["POST", `${k}/increment`, {}],
      ["POST", `${k}/append`, {}],
      ["PUT", k, { "if-match": "*" }],
      ["DELETE", k, { "if-match": "*" }],
    ] as const) {
      const answer = await api.call(method, path, method === "DELETE" ? undefined : "{}", token(), headers);
      assert.equal(answer.statusCode, 503);
      assert.equal(answer.headers["retry-after"], "1");
    }
    assert.equal((await api.call("DELETE", k)).statusCode, 200);
  });
});
