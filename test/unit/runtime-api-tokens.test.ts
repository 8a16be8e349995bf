import assert from "node:assert/strict";
import { GRACE_MS, Tokens } from "../../images/runtime-api/src/tokens";
import { part, SECRET, type Service, service, token } from "../support/runtime-api";

const now = Math.floor(Date.now() / 1000);
const OTHER_SECRET = "another secret of this test, 32 bytes or more";

describe("runtime-api: tokens", () => {
  let api: Service;
  before(() => {
    api = service();
  });
  after(() => api.close());

  const accepted: [what: string, bearer: string][] = [
    ["an orchestrator's for a container", token({ jobId: undefined, job_id: "job-1" })],
    [
      "an orchestrator's for a job over SSH",
      token({ scope: undefined, sub: "job-1", userId: "", eventId: "", jobId: "" }),
    ],
    [
      "one with executionId and exp alone",
      token({
        userId: undefined,
        eventId: undefined,
        jobId: undefined,
        iat: undefined,
        nbf: undefined,
        sub: undefined,
      }),
    ],
    ["one with claims nobody knows", token({ admin: true, aud: "x", jti: 5 })],
  ];
  for (const [what, bearer] of accepted) {
    it(`accepts ${what}`, async () => {
      assert.equal((await api.call("GET", "/executions/exec-1/input", undefined, bearer)).statusCode, 200);
    });
  }

  const [header, payload, signature] = token().split(".") as [string, string, string];
  const refused: [what: string, bearer: string, message: RegExp][] = [
    ["no exp", token({ exp: undefined }), /claim exp/],
    ["an exp that is text", token({ exp: "tomorrow" }), /claim exp/],
    ["an exp in the past", token({ exp: now - 1 }), /expired/],
    ["an nbf in the future", token({ nbf: now + 60 }), /claim nbf/],
    ["no executionId", token({ executionId: undefined }), /claim executionId/],
    ["an empty executionId", token({ executionId: "" }), /claim executionId/],
    ["a numeric executionId", token({ executionId: 7 }), /claim executionId/],
    ["a numeric userId", token({ userId: 7 }), /claim userId/],
    ["a NUL in its userId", token({ userId: "user-1\u0000" }), /claim userId/],
    ["no iss", token({ iss: undefined }), /claim iss/],
    ["a wrong iss", token({ iss: "cronium-runtime" }), /claim iss/],
    ["another scope", token({ scope: "admin" }), /claim scope/],
    ["an empty scope", token({ scope: "" }), /claim scope/],
    ["a scope that is null", token({ scope: null }), /claim scope/],
    ["alg none and no signature", `${part({ alg: "none" })}.${payload}.`, /HS256/],
    ["alg none and a signature", `${part({ alg: "none" })}.${payload}.${signature}`, /HS256/],
    ["HS512", token({}, { header: { alg: "HS512" }, hash: "sha512" }), /HS256/],
    ["RS256 in its header", token({}, { header: { alg: "RS256" } }), /HS256/],
    ["no alg", token({}, { header: { typ: "JWT" } }), /./],
    ["a critical header nobody knows", token({}, { header: { alg: "HS256", crit: ["x"], x: 1 } }), /./],
    ["another secret", token({}, { secret: OTHER_SECRET }), /signature/],
    ["a changed payload", `${header}.${part({ executionId: "exec-1", exp: now + 60 })}.${signature}`, /signature/],
    ["a cut signature", `${header}.${payload}.${signature.slice(0, -2)}`, /./],
    ["two parts", `${header}.${payload}`, /./],
    ["four parts", `${header}.${payload}.${signature}.x`, /./],
    ["no JSON inside", token().replace(payload, Buffer.from("nothing").toString("base64url")), /./],
    ["no token at all", "x", /./],
  ];
  for (const [what, bearer, message] of refused) {
    it(`refuses a token with ${what}: 401, never 500`, async () => {
      const answer = await api.call("GET", "/executions/exec-1/input", undefined, bearer);
      assert.equal(answer.statusCode, 401, answer.body);
      assert.equal(answer.headers["www-authenticate"], "Bearer");
      assert.equal((answer.json() as { error: string }).error, "Unauthorized");
      assert.match((answer.json() as { message: string }).message, message);
    });
  }

  it("refuses what is not a bearer token", async () => {
    for (const authorization of ["", "Bearer", "Bearer ", `Basic ${token()}`, token(), `Bearer ${token()} x`]) {
      const answer = await api.api.inject({ url: "/executions/exec-1/input", headers: { authorization } });
      assert.equal(answer.statusCode, 401, authorization);
    }
  });

  it("refuses random bytes for a token: 401, never 500", async () => {
    const quiet = service({ rateLimitPerMinute: 1_000_000 });
    for (let round = 0; round < 500; round++) {
      const at = (round * 7) % token().length;
      const bearer = token().slice(0, at) + String.fromCharCode(33 + (round % 94)) + token().slice(at + 2);
      const answer = await quiet.call("GET", "/executions/exec-1/input", undefined, bearer);
      assert.equal(answer.statusCode, 401, `${bearer}: ${answer.body}`);
    }
    await quiet.close();
  });

  it("forgets a token that was accepted before once it has expired", async () => {
    const tokens = new Tokens(() => [SECRET]);
    const authorization = `Bearer ${token({ exp: now + 100 })}`;
    const bearer = await tokens.caller(authorization);
    assert.equal(tokens.known(authorization), bearer);
    const realNow = Date.now;
    try {
      Date.now = () => (now + 100) * 1000;
      assert.equal(tokens.known(authorization), undefined);
    } finally {
      Date.now = realNow;
    }
  });

  it("accepts tokens of the previous secret during a rotation and signs with the new one", async () => {
    const rotated = new Tokens(() => [OTHER_SECRET, SECRET]);
    const old = await rotated.caller(`Bearer ${token()}`);
    assert.equal(old.caller.executionId, "exec-1");
    const execution = { executionId: "e", userId: "u", jobId: "j", eventId: "", expiresAt: now + 60 };
    const signed = `Bearer ${await rotated.sign(execution)}`;
    const { caller } = await new Tokens(() => [OTHER_SECRET]).caller(signed);
    assert.deepEqual({ ...caller, issuedAt: undefined }, { ...execution, issuedAt: undefined });
    await assert.rejects(new Tokens(() => [SECRET]).caller(signed), { status: 401 });
  });

  it("takes secrets that change while it runs, and one that is gone for a minute more", async () => {
    let secrets: [string, ...string[]] = [SECRET];
    const tokens = new Tokens(() => secrets);
    const [old, fresh] = [`Bearer ${token()}`, `Bearer ${token({}, { secret: OTHER_SECRET })}`];
    await tokens.caller(old);
    await assert.rejects(tokens.caller(fresh), { status: 401 });
    secrets = [OTHER_SECRET];
    tokens.refresh();
    assert.equal(tokens.known(old), undefined);
    await tokens.caller(fresh);
    await tokens.caller(old);
    tokens.refresh(Date.now() + GRACE_MS);
    await assert.rejects(tokens.caller(old), { status: 401 });
    await tokens.caller(fresh);
  });
});
