import assert from "node:assert/strict";
import { version } from "../../images/runtime-api/package.json";
import { BODY_LIMIT } from "../../images/runtime-api/src/limits";
import { StoreUnavailable } from "../../images/runtime-api/src/store";
import { type Service, service, token } from "../support/runtime-api";

const EXECUTION = "/executions/exec-1";

describe("runtime-api: routes", () => {
  let api: Service;
  beforeEach(() => {
    api = service();
  });
  afterEach(() => api.close());

  it("answers GET and HEAD /health without a token", async () => {
    const got = await api.call("GET", "/health", undefined, null);
    assert.equal(got.statusCode, 200);
    const { status, time } = got.json() as { status: string; time: string };
    assert.equal(status, "healthy");
    assert.equal(new Date(time).toISOString(), time);
    const head = await api.call("HEAD", "/health", undefined, null);
    assert.equal(head.statusCode, 200);
    assert.equal(head.body, "");
  });

  it("describes itself in OpenAPI 3.1, with its package's version", async () => {
    const document = (await api.call("GET", "/openapi.json", undefined, null)).json<{
      openapi: string;
      info: { version: string };
      paths: object;
    }>();
    assert.deepEqual([document.openapi, document.info.version], ["3.1.0", version]);
    assert.deepEqual(Object.keys(document.paths).sort(), [
      "/executions/{id}/condition",
      "/executions/{id}/context",
      "/executions/{id}/input",
      "/executions/{id}/output",
      "/executions/{id}/variables",
      "/executions/{id}/variables/{key}",
      "/executions/{id}/variables/{key}/append",
      "/executions/{id}/variables/{key}/increment",
      "/health",
      "/openapi.json",
      "/ready",
      "/tool-actions/execute",
    ]);
  });

  it("is ready while its store can write, and says what is down when it cannot", async () => {
    const ready = await api.call("GET", "/ready", undefined, null);
    assert.equal(ready.json<{ status: string }>().status, "ready");
    await api.close();
    api = service();
    api.store.problems = async () => ["the backend does not answer", "Valkey is not connected"];
    const down = await api.call("GET", "/ready", undefined, null);
    assert.equal(down.statusCode, 503);
    assert.equal(
      down.json<{ message: string }>().message,
      "Not ready: the backend does not answer; Valkey is not connected.",
    );
    assert.equal((await api.call("GET", "/health", undefined, null)).statusCode, 200);
  });

  it("names each request in its answer and in the log, as the caller does if that is safe", async () => {
    const id = async (given: string) => {
      const answer = await api.call("GET", `${EXECUTION}/input`, undefined, token(), { "x-request-id": given });
      return String(answer.headers["x-request-id"]);
    };
    assert.equal(await id("abc-1.2:3"), "abc-1.2:3");
    assert.ok(api.lines.some((line) => line.includes('"reqId":"abc-1.2:3"')));
    for (const given of ["a b", "x".repeat(129), '"', ""]) assert.match(await id(given), /^[0-9a-f]{16}-\d+$/);
  });

  it("has no input, a context from the token alone, and keeps what a job writes, for an execution not registered", async () => {
    assert.equal((await api.call("GET", `${EXECUTION}/input`)).body, '{"success":true}');
    const issued = Math.floor(Date.now() / 1000) - 5;
    const context = await api.call("GET", `${EXECUTION}/context`, undefined, token({ iat: issued }));
    assert.deepEqual(context.json(), {
      success: true,
      data: {
        executionId: "exec-1",
        jobId: "job-1",
        eventId: "event-1",
        eventName: "",
        eventType: "",
        userId: "user-1",
        startTime: new Date(issued * 1000).toISOString(),
        metadata: {},
      },
    });
    assert.equal((await api.call("POST", `${EXECUTION}/output`, '{"data":{"n":1}}')).body, '{"success":true}');
    assert.equal((await api.call("POST", `${EXECUTION}/condition`, '{"condition":true}')).body, '{"success":true}');
    const shown = (await api.operate("GET", "/executions/exec-1")).json() as Record<string, unknown>;
    assert.deepEqual([shown.registered, shown.output, shown.condition], [false, { n: 1 }, true]);
  });

  const values = [
    "false",
    "0",
    '""',
    "null",
    '"0123"',
    '"true"',
    "9007199254740993",
    "12345678901234567890",
    "-0",
    "1e400",
    '"é😀"',
    '"\\ud800"',
    '"\\u0000\\r\\n"',
    '{"b":[1, {"a":null}],"b":2}',
    "[".repeat(100) + "]".repeat(100),
    `"${"x".repeat(5_000_000)}"`,
  ];
  for (const value of values) {
    it(`gives back a variable and an output exactly: ${value.slice(0, 30)}`, async () => {
      assert.equal((await api.call("PUT", `${EXECUTION}/variables/k`, `{"value": ${value} }`)).statusCode, 200);
      const got = await api.call("GET", `${EXECUTION}/variables/k`);
      assert.equal(got.body, `{"success":true,"data":{"key":"k","value":${value}}}`);
      assert.equal(got.headers["content-type"], "application/json; charset=utf-8");
      assert.equal((await api.call("POST", `${EXECUTION}/output`, `{"data":${value}}`)).statusCode, 200);
      assert.ok((await api.operate("GET", "/executions/exec-1")).body.includes(`"output":${value},"condition":null`));
    });
  }

  for (const key of [
    "a b",
    "#",
    "?",
    "/",
    "a/../b",
    "%",
    "%25",
    "%2F",
    "é😀",
    "\u0000",
    "a\u0000b",
    "__proto__",
    '"\\',
    "x".repeat(2000),
  ]) {
    it(`keeps the key ${JSON.stringify(key).slice(0, 30)} apart`, async () => {
      const path = `${EXECUTION}/variables/${encodeURIComponent(key)}`;
      await api.call("PUT", `${EXECUTION}/variables/a`, '{"value":"other"}');
      assert.equal((await api.call("GET", path)).statusCode, 404);
      await api.call("PUT", path, '{"value":1}');
      const got = await api.call("GET", path);
      assert.deepEqual(got.json(), { success: true, data: { key, value: 1 } });
      const { variables } = (await api.operate("GET", "/executions/exec-1")).json() as { variables: object };
      assert.deepEqual(
        Object.entries(variables).sort(),
        [
          ["a", "other"],
          [key, 1],
        ].sort(),
      );
    });
  }

  it("shares variables between a user's executions, and with nobody else", async () => {
    const put = await api.call("PUT", `${EXECUTION}/variables/k`, '{"value":1}');
    assert.equal(put.statusCode, 200);
    const get = (executionId: string, userId: string) =>
      api.call("GET", `/executions/${executionId}/variables/k`, undefined, token({ executionId, userId }));
    assert.equal((await get("exec-2", "user-1")).statusCode, 200);
    assert.equal((await get("exec-3", "user-2")).statusCode, 404);
    assert.equal((await get("exec-3", "")).statusCode, 404);
  });

  it("gives each execution without a user variables of its own", async () => {
    const of = (executionId: string) => token({ executionId, userId: "" });
    await api.call("PUT", "/executions/a/variables/k", '{"value":1}', of("a"));
    assert.equal((await api.call("GET", "/executions/a/variables/k", undefined, of("a"))).statusCode, 200);
    assert.equal((await api.call("GET", "/executions/b/variables/k", undefined, of("b"))).statusCode, 404);
    const user = token({ executionId: "c", userId: "execution:a" });
    assert.equal((await api.call("GET", "/executions/c/variables/k", undefined, user)).statusCode, 404);
  });

  const bodies: [method: string, path: string, body: string | undefined, status: number][] = [
    ["PUT", "variables/k", "{}", 200],
    ["PUT", "variables/k", '{"value":1,"other":[2]}', 200],
    ["PUT", "variables/k", '\ufeff{"value":1}', 200],
    ["PUT", "variables/k", undefined, 400],
    ["PUT", "variables/k", "", 400],
    ["PUT", "variables/k", "{", 400],
    ["PUT", "variables/k", '{"value":01}', 400],
    ["PUT", "variables/k", '{"value":NaN}', 400],
    ["PUT", "variables/k", '{"value":1}{"value":2}', 400],
    ["PUT", "variables/k", "[1]", 400],
    ["PUT", "variables/k", "null", 400],
    ["POST", "output", "{}", 200],
    ["POST", "output", '"data"', 400],
    ["POST", "condition", "{}", 200],
    ["POST", "condition", '{"condition":false}', 200],
    ["POST", "condition", '{"condition":null}', 400],
    ["POST", "condition", '{"condition":"true"}', 400],
    ["POST", "condition", '{"condition":1}', 400],
  ];
  for (const [method, path, body, status] of bodies) {
    it(`answers ${status} to ${method} ${path} with ${JSON.stringify(body)}`, async () => {
      const answer = await api.call(method, `${EXECUTION}/${path}`, body);
      assert.equal(answer.statusCode, status, answer.body);
      if (status !== 200) assertFailure(answer.json(), "Bad Request");
    });
  }

  it("takes a missing value, data and condition as null, null and false", async () => {
    await api.call("PUT", `${EXECUTION}/variables/k`, "{}");
    await api.call("POST", `${EXECUTION}/output`, "{}");
    await api.call("POST", `${EXECUTION}/condition`, "{}");
    const shown = (await api.operate("GET", "/executions/exec-1")).body;
    assert.ok(shown.endsWith('"output":null,"condition":false,"variables":{"k":null}}'), shown);
  });

  it("does not check the Content-Type, and refuses bytes that are not UTF-8", async () => {
    const put = (type: string, payload: string | Buffer) =>
      api.api.inject({
        method: "PUT",
        url: `${EXECUTION}/variables/k`,
        headers: { authorization: `Bearer ${token()}`, "content-type": type },
        payload,
      });
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded", "json", "; ;", "*"]) {
      assert.equal((await put(type, '{"value":1}')).statusCode, 200, type);
    }
    assert.equal((await put("text/plain", Buffer.from('{"value":"\xff"}', "latin1"))).statusCode, 400);
  });

  it("answers 413 above the body limit and takes a body of exactly that size", async () => {
    const body = (size: number) => `{"data":"${"x".repeat(size - 11)}"}`;
    assert.equal((await api.call("POST", `${EXECUTION}/output`, body(BODY_LIMIT))).statusCode, 200);
    const over = await api.call("POST", `${EXECUTION}/output`, body(BODY_LIMIT + 1));
    assert.equal(over.statusCode, 413);
    assertFailure(over.json(), "Payload Too Large");
  });

  for (const [path, allow] of [
    ["/health", "GET, HEAD"],
    [`${EXECUTION}/input`, "GET, HEAD"],
    [`${EXECUTION}/output`, "POST"],
    [`${EXECUTION}/condition`, "POST"],
    [`${EXECUTION}/context`, "GET, HEAD"],
    [`${EXECUTION}/variables`, "GET, HEAD"],
    [`${EXECUTION}/variables/k`, "GET, HEAD, PUT, DELETE"],
    [`${EXECUTION}/variables/k/increment`, "POST"],
    [`${EXECUTION}/variables/k/append`, "POST"],
    ["/tool-actions/execute", "POST"],
  ] as const) {
    it(`answers 405 with Allow: ${allow} at ${path} to every other method`, async () => {
      for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"]) {
        if (allow.split(", ").includes(method)) continue;
        const answer = await api.call(method, path, method === "POST" ? "not JSON" : undefined);
        assert.equal(answer.statusCode, 405, method);
        assert.equal(answer.headers.allow, allow);
        if (method !== "HEAD") assertFailure(answer.json(), "Method Not Allowed");
      }
    });
  }

  it("answers 404 as JSON to paths that are not there, behind /executions only with a token", async () => {
    for (const path of [
      "/",
      "/nope",
      "/health/",
      "/metrics",
      "/executions",
      EXECUTION,
      `${EXECUTION}/nope`,
      `${EXECUTION}/variables/`,
    ]) {
      const answer = await api.call("GET", path);
      assert.equal(answer.statusCode, 404, path);
      assertFailure(answer.json(), "Not Found");
    }
    assert.equal((await api.call("GET", `${EXECUTION}/nope`, undefined, null)).statusCode, 401);
    assert.equal((await api.call("DELETE", `${EXECUTION}/input`, undefined, null)).statusCode, 401);
    assert.equal((await api.call("PUT", `${EXECUTION}/variables/k`, "not JSON", null)).statusCode, 401);
  });

  it("answers 400 to a path with a broken escape, without repeating it", async () => {
    const answer = await api.call("GET", `${EXECUTION}/variables/%zz`);
    assert.equal(answer.statusCode, 400);
    assertFailure(answer.json(), "Bad Request");
  });

  it("answers 403 for another execution's path, and to all others if EXECUTION_ID restricts it", async () => {
    const other = await api.call("GET", "/executions/exec-2/input");
    assert.equal(other.statusCode, 403);
    assertFailure(other.json(), "Forbidden");
    const restricted = service({ executionId: "exec-2" });
    assert.equal((await restricted.call("GET", `${EXECUTION}/input`)).statusCode, 403);
    const mine = token({ executionId: "exec-2" });
    assert.equal((await restricted.call("GET", "/executions/exec-2/input", undefined, mine)).statusCode, 200);
    await restricted.close();
  });

  it("takes the token as the path's id, and logs neither it nor the key", async () => {
    const bearer = token();
    assert.equal(
      (await api.call("PUT", `/executions/${bearer}/variables/se%2Fcret`, '{"value":1}', bearer)).statusCode,
      200,
    );
    assert.equal((await api.call("GET", `${EXECUTION}/variables/se%2Fcret`, undefined, bearer)).statusCode, 200);
    assert.equal((await api.call("GET", `/executions/${bearer}/nope`, undefined, bearer)).statusCode, 404);
    assert.equal((await api.call("GET", `/executions/${bearer}/%zz`, undefined, bearer)).statusCode, 400);
    assert.equal(
      (await api.call("GET", `/executions/${bearer}/input`, undefined, token({ jti: "2" }))).statusCode,
      403,
    );
    const logged = api.lines.join("");
    assert.ok(logged.includes('"route":"/executions/:id/variables/:key"'));
    assert.ok(!logged.includes(bearer) && !logged.includes(bearer.split(".")[2] as string) && !logged.includes("cret"));
  });

  it("answers 503 with Retry-After when the store fails, and says why in the log only", async () => {
    api.store.setOutput = async () => {
      throw new StoreUnavailable("database or disk is full");
    };
    const answer = await api.call("POST", `${EXECUTION}/output`, '{"data":1}');
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.headers["retry-after"], "1");
    assertFailure(answer.json(), "Service Unavailable");
    assert.ok(!answer.body.includes("disk") && api.lines.join("").includes("disk is full"));
  });

  it("answers 500 as JSON to an error of its own, and says why in the log only", async () => {
    api.store.setOutput = async () => {
      throw new Error("a bug");
    };
    const answer = await api.call("POST", `${EXECUTION}/output`, '{"data":1}');
    assert.equal(answer.statusCode, 500);
    assertFailure(answer.json(), "Internal Server Error");
    assert.ok(!answer.body.includes("a bug") && api.lines.join("").includes("a bug"));
  });
});

function assertFailure(body: unknown, error: string): void {
  const { message, ...rest } = body as { message: unknown };
  assert.deepEqual(rest, { error });
  assert.ok(typeof message === "string" && message.length > 10 && message.endsWith("."), String(message));
}
