import assert from "node:assert/strict";
import { type Service, service } from "../support/runtime-api";

interface Registered {
  executionId: string;
  jobId: string;
  userId: string;
  token: string;
  expiresAt: string;
}

describe("runtime-api: operator", () => {
  let api: Service;
  beforeEach(() => {
    api = service();
  });
  afterEach(() => api.close());

  const register = async (body: string): Promise<Registered> => {
    const answer = await api.operate("POST", "/executions", body);
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json() as Registered;
  };

  it("registers an execution whose token reads its input and context exactly", async () => {
    const input = '{"n":12345678901234567890,"x":1e400}';
    const execution = await register(`{"input":${input},"userId":"u","jobId":"j","eventId":"v","ttlSeconds":60}`);
    assert.deepEqual([execution.userId, execution.jobId], ["u", "j"]);
    assert.ok(Math.abs(Date.parse(execution.expiresAt) - Date.now() - 60_000) < 3000);
    const path = `/executions/${execution.executionId}`;
    const got = await api.call("GET", `${path}/input`, undefined, execution.token);
    assert.equal(got.body, `{"success":true,"data":${input}}`);
    const context = (await api.call("GET", `${path}/context`, undefined, execution.token)).body;
    assert.ok(
      context.includes(`"jobId":"j","eventId":"v"`) && context.endsWith(`"metadata":{"input":${input}}}}`),
      context,
    );
  });

  it("tells an input of null from none", async () => {
    const withNull = await register('{"input":null,"userId":"u"}');
    const without = await register('{"userId":"u"}');
    const input = async ({ executionId, token }: Registered) =>
      (await api.call("GET", `/executions/${executionId}/input`, undefined, token)).body;
    assert.equal(await input(withNull), '{"success":true,"data":null}');
    assert.equal(await input(without), '{"success":true}');
    assert.equal(without.jobId, without.executionId);
  });

  it("shows output, condition and what was set, and lists what was not ended", async () => {
    const { executionId, token } = await register('{"userId":"u","input":[1]}');
    const fresh = (await api.operate("GET", `/executions/${executionId}`)).body;
    assert.ok(fresh.endsWith('"input":[1],"condition":null,"variables":{}}'), fresh);
    await api.call("PUT", `/executions/${executionId}/variables/k`, '{"value":-0}', token);
    await api.call("POST", `/executions/${executionId}/output`, '{"data":"x"}', token);
    await api.call("POST", `/executions/${executionId}/condition`, '{"condition":false}', token);
    const shown = (await api.operate("GET", `/executions/${executionId}`)).body;
    assert.ok(shown.endsWith('"input":[1],"output":"x","condition":false,"variables":{"k":-0}}'), shown);
    const listed = (await api.operate("GET", "/executions")).json() as { executionId: string }[];
    assert.deepEqual(
      listed.map((one) => one.executionId),
      [executionId],
    );
  });

  it("expires: the token is 401, the execution unknown", async () => {
    const { executionId, token } = await register('{"userId":"u"}');
    assert.equal((await api.call("GET", `/executions/${executionId}/input`, undefined, token)).statusCode, 200);
    assert.equal((await api.operate("DELETE", `/executions/${executionId}`)).statusCode, 200);
    const after = await api.call("GET", `/executions/${executionId}/input`, undefined, token);
    assert.equal(after.statusCode, 401);
    assert.match((after.json() as { message: string }).message, /was ended/);
    assert.equal((await api.operate("GET", `/executions/${executionId}`)).statusCode, 404);
    assert.equal((await api.operate("DELETE", `/executions/${executionId}`)).statusCode, 404);
  });

  for (const [body, message] of [
    ["", /must be a JSON object/],
    ["{}", /"userId" is missing/],
    ['{"userId":""}', /"userId" is "": it must be a string that is not empty/],
    ['{"userId":7}', /"userId" is 7/],
    ['{"userId":"a\\u0000"}', /"userId" is "a\\u0000"/],
    ['{"userId":"u","jobId":null}', /"jobId" is null/],
    ['{"userId":"u","ttlSeconds":0}', /"ttlSeconds" is 0: it must be a whole number from 1 to 2592000/],
    ['{"userId":"u","ttlSeconds":1.5}', /"ttlSeconds" is 1.5/],
    ['{"userId":"u","ttlSeconds":"60"}', /"ttlSeconds" is "60"/],
    ['{"userId":"u","input":}', /is not JSON/],
  ] as const) {
    it(`refuses to register ${JSON.stringify(body)}, naming field and remedy`, async () => {
      const answer = await api.operate("POST", "/executions", body);
      assert.equal(answer.statusCode, 400);
      assert.match((answer.json() as { message: string }).message, message);
    });
  }

  it("registers nothing where EXECUTION_ID restricts the service", async () => {
    const restricted = service({ executionId: "exec-1" });
    const answer = await restricted.operate("POST", "/executions", '{"userId":"u"}');
    assert.equal(answer.statusCode, 409);
    await restricted.close();
  });

  it("has figures for Prometheus, which jobs do not reach", async () => {
    await api.call("PUT", "/executions/exec-1/variables/k", '{"value":1}');
    const { body, headers } = await api.operate("GET", "/metrics");
    assert.match(String(headers["content-type"]), /^text\/plain; version=0.0.4/);
    const line = 'runtime_api_request_seconds_count{method="PUT",route="/executions/:id/variables/:key",status="200"} ';
    assert.ok(body.includes(line) && body.includes("runtime_api_commit_seconds_bucket"), body);
    assert.equal((await api.call("GET", "/metrics")).statusCode, 404);
  });

  it("is not on the jobs' side, and jobs' routes are not on its side", async () => {
    const { executionId, token } = await register('{"userId":"u"}');
    assert.equal((await api.call("GET", "/executions", undefined, token)).statusCode, 404);
    assert.equal((await api.call("GET", `/executions/${executionId}`, undefined, token)).statusCode, 404);
    assert.equal((await api.call("DELETE", `/executions/${executionId}`, undefined, token)).statusCode, 404);
    assert.equal((await api.call("POST", "/executions", '{"userId":"u"}', token)).statusCode, 404);
    assert.equal((await api.operate("GET", `/executions/${executionId}/input`)).statusCode, 404);
  });

  it("logs no token that it hands out", async () => {
    const { token } = await register('{"userId":"u"}');
    assert.ok(!api.lines.join("").includes(token));
  });
});
