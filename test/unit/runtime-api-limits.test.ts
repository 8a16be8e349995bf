import assert from "node:assert/strict";
import { MinuteLimit } from "../../images/runtime-api/src/limits";
import { service, token } from "../support/runtime-api";

describe("runtime-api: limits", () => {
  it("answers 429 with Retry-After above RATE_LIMIT_PER_MIN, each execution apart", async () => {
    const api = service({ rateLimitPerMinute: 3 });
    const get = (executionId: string) =>
      api.call("GET", `/executions/${executionId}/input`, undefined, token({ executionId }));
    for (let count = 0; count < 3; count++) assert.equal((await get("a")).statusCode, 200);
    const over = await get("a");
    assert.equal(over.statusCode, 429);
    assert.match(String(over.headers["retry-after"]), /^([1-9]|[1-5]\d|60)$/);
    assert.equal((over.json() as { error: string }).error, "Too Many Requests");
    assert.equal((await get("b")).statusCode, 200);
    assert.equal((await api.call("GET", "/health", undefined, null)).statusCode, 200);
    await api.close();
  });

  it("limits failed authentications of an address, and lets valid tokens of that address pass", async () => {
    const api = service({ rateLimitPerMinute: 3 });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) {
      statuses.push((await api.call("GET", "/executions/exec-1/input", undefined, `no-token-${count}`)).statusCode);
    }
    assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
    assert.equal((await api.call("GET", "/executions/exec-1/input")).statusCode, 200);
    await api.close();
  });
});

describe("runtime-api: minute limit", () => {
  it("counts per key in windows of a minute", () => {
    const limit = new MinuteLimit(2);
    assert.deepEqual(
      [limit.count("a", 0), limit.count("a", 1), limit.count("a", 500), limit.count("b", 500)],
      [0, 0, 60, 0],
    );
    assert.equal(limit.count("a", 59_999), 1);
    assert.equal(limit.count("a", 60_000), 0);
  });

  it("forgets the oldest of more than 10,000 keys", () => {
    const limit = new MinuteLimit(1);
    for (let key = 0; key <= 10_000; key++) limit.count(`k${key}`, key);
    assert.equal(limit.count("k10000", 10_001) > 0, true);
    assert.equal(limit.count("k0", 10_001), 0);
  });
});
