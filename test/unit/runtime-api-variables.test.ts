import assert from "node:assert/strict";
import { type Service, service, token } from "../support/runtime-api";

const VARIABLES = "/executions/exec-1/variables";

describe("runtime-api: variables beyond GET and PUT", () => {
  let api: Service;
  beforeEach(() => {
    api = service();
  });
  afterEach(() => api.close());
  const put = (key: string, value: string) => api.call("PUT", `${VARIABLES}/${key}`, `{"value":${value}}`);
  const value = async (key: string) =>
    /"value":(.*)}}$/s.exec((await api.call("GET", `${VARIABLES}/${key}`)).body)?.[1];

  it("deletes a variable once", async () => {
    await put("k", "1");
    assert.equal((await api.call("DELETE", `${VARIABLES}/k`)).body, '{"success":true}');
    assert.equal((await api.call("GET", `${VARIABLES}/k`)).statusCode, 404);
    assert.equal((await api.call("DELETE", `${VARIABLES}/k`)).statusCode, 404);
  });

  const increments: [before: string | undefined, body: string, status: number, after: string | undefined][] = [
    [undefined, "{}", 200, "1"],
    [undefined, '{"by":-5}', 200, "-5"],
    ["41", "{}", 200, "42"],
    ["-0", '{"by":0}', 200, "0"],
    ["9007199254740993", '{"by":2}', 200, "9007199254740995"],
    ["9223372036854775807", '{"by":12345678901234567890}', 200, "21569050938089343697"],
    ["1", '{"by":1e3}', 200, "1001"],
    ["1", '{"by":2.0}', 200, "3"],
    ["1", '{"by":1.5}', 400, "1"],
    ["1", '{"by":1e400}', 400, "1"],
    ["1", '{"by":"1"}', 400, "1"],
    ["1", '{"by":null}', 400, "1"],
    ["1", "", 400, "1"],
    ["1.0", "{}", 409, "1.0"],
    ['"1"', "{}", 409, '"1"'],
    ["null", "{}", 409, "null"],
    ["9".repeat(1001), "{}", 409, "9".repeat(1001)],
  ];
  for (const [before, body, status, after] of increments) {
    it(`increments ${before?.slice(0, 20)} with ${body}: ${status}, ${after?.slice(0, 20)}`, async () => {
      if (before !== undefined) await put("k", before);
      const answer = await api.call("POST", `${VARIABLES}/k/increment`, body);
      assert.equal(answer.statusCode, status, answer.body);
      if (status === 200) assert.equal(answer.body, `{"success":true,"data":{"key":"k","value":${after}}}`);
      assert.equal(await value("k"), after);
    });
  }

  const appends: [before: string | undefined, body: string, after: string][] = [
    [undefined, '{"value":"a","separator":","}', '"a"'],
    ["null", '{"value":"a","separator":","}', '"a"'],
    ['""', '{"value":"a","separator":","}', '"a"'],
    ['"a"', '{"value":"b","separator":","}', '"a,b"'],
    ['"a"', '{"value":"b"}', '"ab"'],
    ['"a"', "{}", '"a"'],
    ['"\\u00e9"', '{"value":"é\\n","separator":"\\""}', '"\\u00e9\\"é\\n"'],
    ["5", '{"value":6,"separator":" "}', '"5 6"'],
    ['{"a":"b"}', '{"value":[1]}', '"{\\"a\\":\\"b\\"}[1]"'],
    ["12345678901234567890", '{"value":1e400}', '"123456789012345678901e400"'],
  ];
  for (const [before, body, after] of appends) {
    it(`appends ${body} to ${before}: ${after}`, async () => {
      if (before !== undefined) await put("k", before);
      const answer = await api.call("POST", `${VARIABLES}/k/append`, body);
      assert.equal(answer.body, `{"success":true,"data":{"key":"k","value":${after}}}`);
      assert.equal(await value("k"), after);
    });
  }

  it("does not append beyond the largest body", async () => {
    await put("k", `"${"x".repeat(16_000_000)}"`);
    const answer = await api.call("POST", `${VARIABLES}/k/append`, `{"value":"${"x".repeat(1_000_000)}"}`);
    assert.equal(answer.statusCode, 413);
  });

  it("refuses an append whose separator is not a string", async () => {
    const answer = await api.call("POST", `${VARIABLES}/k/append`, '{"value":"a","separator":1}');
    assert.equal(answer.statusCode, 400);
    assert.match(answer.json<{ message: string }>().message, /^The body's "separator" is 1: it must be a string/);
  });

  it("lists keys a page at a time", async () => {
    const keys = ["a", "b", "b c", "ü", "z/../", "_"];
    for (const key of keys) await put(encodeURIComponent(key), "1");
    await api.call("PUT", "/executions/other/variables/theirs", "{}", token({ executionId: "other", userId: "other" }));
    const found: string[] = [];
    for (let after: string | null | undefined; after !== null; ) {
      const query = after === undefined ? "?limit=4" : `?limit=4&after=${encodeURIComponent(after)}&other=1`;
      const { data } = (await api.call("GET", VARIABLES + query)).json<{ data: { keys: string[]; next: string } }>();
      found.push(...data.keys);
      after = data.next;
    }
    assert.deepEqual(found.toSorted(), keys.toSorted());
    const all = await api.call("GET", VARIABLES);
    assert.deepEqual(all.json(), { success: true, data: { keys: found, next: null } });
    for (const query of [
      "limit=0",
      "limit=1001",
      "limit=x",
      "limit=",
      "limit=1.5",
      "limit=1&limit=2",
      "after=a&after=b",
    ]) {
      assert.equal((await api.call("GET", `${VARIABLES}?${query}`)).statusCode, 400, query);
    }
  });

  it("has an ETag that says what is kept, and changes only what If-Match names", async () => {
    const tagOf = (answer: { headers: Record<string, unknown> }) => String(answer.headers.etag);
    const first = tagOf(await put("k", '"a"'));
    assert.match(first, /^"[\w-]{22}"$/);
    assert.equal(tagOf(await api.call("GET", `${VARIABLES}/k`)), first);
    const when = (method: string, path: string, body: string | undefined, tags: string) =>
      api.call(method, `${VARIABLES}/${path}`, body, token(), { "if-match": tags });
    const second = await when("PUT", "k", '{"value":1}', `"x", ${first}`);
    assert.equal(second.statusCode, 200);
    for (const [method, path, body] of [
      ["PUT", "k", '{"value":2}'],
      ["POST", "k/increment", "{}"],
      ["POST", "k/append", '{"value":"x"}'],
      ["DELETE", "k", undefined],
      ["PUT", "missing", '{"value":2}'],
      ["DELETE", "missing", undefined],
    ] as const) {
      const answer = await when(method, path, body, first);
      assert.equal(answer.statusCode, 412, `${method} ${path}`);
    }
    assert.equal((await when("PUT", "missing", "{}", "*")).statusCode, 412);
    const third = await when("POST", "k/increment", "{}", tagOf(second));
    assert.equal(third.statusCode, 200);
    assert.equal(tagOf(await api.call("GET", `${VARIABLES}/k`)), tagOf(third));
    assert.equal((await when("DELETE", "k", undefined, "*")).statusCode, 200);
  });

  it("gives no step of many concurrent ones away", async () => {
    await Promise.all(Array.from({ length: 100 }, () => api.call("POST", `${VARIABLES}/n/increment`, "{}")));
    assert.equal(await value("n"), "100");
    await Promise.all(Array.from({ length: 50 }, () => api.call("POST", `${VARIABLES}/t/append`, '{"value":"ab"}')));
    assert.equal(await value("t"), `"${"ab".repeat(50)}"`);
  });

  it("has no tool actions without a backend: 404, and checks what is asked for first", async () => {
    const answer = await api.call("POST", "/tool-actions/execute", '{"tool":"email","action":"send_message"}');
    assert.equal(answer.statusCode, 404);
    for (const body of ["{}", '{"tool":"email"}', '{"tool":1,"action":"a"}', "x"]) {
      assert.equal((await api.call("POST", "/tool-actions/execute", body)).statusCode, 400, body);
    }
    assert.equal((await api.call("POST", "/tool-actions/execute", "{}", null)).statusCode, 401);
    assert.equal((await api.call("GET", "/tool-actions/nope", undefined, null)).statusCode, 401);
  });
});

describe("runtime-api: what an execution may use", () => {
  it("takes so many bytes of it, and other executions' all the same", async () => {
    const api = service({ executionMaxBytes: 100 });
    const put = (executionId: string, size: number) => {
      const body = `{"value":"${"x".repeat(size)}"}`;
      return api.call("PUT", `/executions/${executionId}/variables/k`, body, token({ executionId }));
    };
    assert.equal((await put("a", 70)).statusCode, 200);
    const over = await put("a", 70);
    assert.equal(over.statusCode, 413);
    assert.match(over.json<{ message: string }>().message, /sent more than 100 bytes/);
    assert.equal((await put("b", 70)).statusCode, 200);
    assert.equal(
      (await api.call("GET", "/executions/a/variables/k", undefined, token({ executionId: "a" }))).statusCode,
      200,
    );
    await api.close();
  });

  it("lets it write so many keys, those again and again", async () => {
    const api = service({ executionMaxKeys: 2 });
    const put = (key: string) => api.call("PUT", `/executions/exec-1/variables/${key}`, '{"value":1}');
    const long = "x".repeat(1000);
    assert.equal((await put("a")).statusCode, 200);
    assert.equal((await put(long)).statusCode, 200);
    assert.equal((await put("b")).statusCode, 413);
    assert.equal((await api.call("POST", "/executions/exec-1/variables/c/increment", "{}")).statusCode, 413);
    assert.equal((await put(long)).statusCode, 200);
    await api.close();
  });
});
