import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Environment, readSettings } from "../../images/runtime-api/src/settings";

const SECRET = "x".repeat(32);
const read = (environment: Environment) => readSettings({ JWT_SECRET: SECRET, ...environment });

describe("runtime-api: settings", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-settings-"));
  });
  after(() => rmSync(folder, { recursive: true }));
  const file = (text: string): string => {
    const path = join(folder, "secret");
    writeFileSync(path, text);
    return path;
  };

  it("has defaults for all but the secret", () => {
    assert.deepEqual(read({}), {
      port: 8081,
      logLevel: "info",
      jwtSecrets: [SECRET],
      rateLimitPerMinute: 1000,
      executionMaxBytes: 2 ** 30,
      executionMaxKeys: 1000,
      retentionMs: 7 * 24 * 3_600_000,
      unknown: [],
    });
  });

  it("has defaults for all of a backend but its address", () => {
    assert.deepEqual(read({ BACKEND_URL: "http://b:5001" }).backend, {
      url: new URL("http://b:5001"),
      timeoutMs: 25_000,
      maxRetries: 3,
      cacheTtlMs: 300_000,
      replicas: 1,
    });
  });

  for (const [text, ms] of [
    ["30", 30_000],
    ["1.5", 1500],
    ["500ms", 500],
    ["2m", 120_000],
    ["1m30s", 90_000],
  ] as const) {
    it(`reads ${text} as ${ms} ms`, () => {
      assert.equal(read({ BACKEND_URL: "http://b", BACKEND_TIMEOUT: text }).backend?.timeoutMs, ms);
    });
  }

  it("reads every setting by its bare, its prefixed and its nested name", () => {
    const expected = {
      port: 8089,
      logLevel: "debug",
      jwtSecrets: ["a".repeat(32), "b".repeat(32)],
      rateLimitPerMinute: 5,
      executionMaxBytes: 6,
      executionMaxKeys: 7,
      executionId: "exec-1",
      dataDir: "/data",
      retentionMs: 60_000,
      backend: {
        url: new URL("https://b:5001/base"),
        token: "t",
        timeoutMs: 1500,
        maxRetries: 0,
        valkeyUrl: "redis://:p@v:6379/1",
        cacheTtlMs: 90_000,
        replicas: 2,
      },
      unknown: [],
    };
    const values = {
      PORT: "8089",
      LOG_LEVEL: "DEBUG",
      JWT_SECRET: "a".repeat(32),
      JWT_SECRET_PREVIOUS: "b".repeat(32),
      RATE_LIMIT_PER_MIN: "5",
      EXECUTION_MAX_BYTES: "6",
      EXECUTION_MAX_KEYS: "7",
      EXECUTION_ID: "exec-1",
      DATA_DIR: "/data",
      RETENTION: "1m",
      BACKEND_URL: "https://b:5001/base",
      BACKEND_TOKEN: "t",
      BACKEND_TIMEOUT: "1.5s",
      BACKEND_MAX_RETRIES: "0",
      VALKEY_URL: "valkey://:p@v:6379/1",
      CACHE_TTL: "90",
      REPLICAS: "2",
    };
    const nested: Record<string, string> = {
      PORT: "RUNTIME_SERVER_PORT",
      LOG_LEVEL: "RUNTIME_LOGGING_LOG_LEVEL",
      JWT_SECRET: "RUNTIME_AUTH_JWT_SECRET",
      JWT_SECRET_PREVIOUS: "RUNTIME_AUTH_JWT_SECRET_PREVIOUS",
      RATE_LIMIT_PER_MIN: "RUNTIME_SECURITY_RATE_LIMIT_PER_MIN",
      EXECUTION_MAX_BYTES: "RUNTIME_SECURITY_EXECUTION_MAX_BYTES",
      EXECUTION_MAX_KEYS: "RUNTIME_SECURITY_EXECUTION_MAX_KEYS",
      EXECUTION_ID: "RUNTIME_SERVER_EXECUTION_ID",
      DATA_DIR: "RUNTIME_SERVER_DATA_DIR",
      RETENTION: "RUNTIME_SERVER_RETENTION",
      BACKEND_URL: "RUNTIME_BACKEND_BACKEND_URL",
      BACKEND_TOKEN: "RUNTIME_BACKEND_BACKEND_TOKEN",
      BACKEND_TIMEOUT: "RUNTIME_BACKEND_BACKEND_TIMEOUT",
      BACKEND_MAX_RETRIES: "RUNTIME_BACKEND_BACKEND_MAX_RETRIES",
      VALKEY_URL: "RUNTIME_CACHE_VALKEY_URL",
      CACHE_TTL: "RUNTIME_CACHE_CACHE_TTL",
      REPLICAS: "RUNTIME_SERVER_REPLICAS",
    };
    const renamed = (name: (bare: string) => string) =>
      Object.fromEntries(Object.entries(values).map(([bare, value]) => [name(bare), value]));
    assert.deepEqual(readSettings(values), expected);
    assert.deepEqual(readSettings(renamed((bare) => `RUNTIME_${bare}`)), expected);
    assert.deepEqual(readSettings(renamed((bare) => nested[bare] as string)), expected);
  });

  it("lets the bare name win over the prefixed, that over the nested; an empty value is none", () => {
    assert.equal(read({ PORT: "1", RUNTIME_PORT: "2", RUNTIME_SERVER_PORT: "3" }).port, 1);
    assert.equal(read({ PORT: "", RUNTIME_PORT: "2", RUNTIME_SERVER_PORT: "3" }).port, 2);
    assert.equal(read({ EXECUTION_ID: "", DATA_DIR: "", BACKEND_TOKEN: "", VALKEY_URL: "" }).executionId, undefined);
  });

  it("reads secrets from files, without their trailing newline and nothing else", () => {
    for (const [text, secret] of [
      [`${SECRET}y`, `${SECRET}y`],
      [`${SECRET}\n`, SECRET],
      [`${SECRET}\r\n`, SECRET],
      [`${SECRET}\n\n`, `${SECRET}\n`],
      [` ${SECRET} `, ` ${SECRET} `],
    ] as const) {
      assert.deepEqual(readSettings({ JWT_SECRET_FILE: file(text) }).jwtSecrets, [secret]);
      assert.deepEqual(readSettings({ RUNTIME_AUTH_JWT_SECRET_FILE: file(text) }).jwtSecrets, [secret]);
    }
  });

  it("counts a secret's bytes, not its characters", () => {
    assert.deepEqual(readSettings({ JWT_SECRET: "é".repeat(16) }).jwtSecrets, ["é".repeat(16)]);
  });

  it("names RUNTIME_ variables that no setting reads, and no others", () => {
    const { unknown } = read({
      RUNTIME_PROT: "1",
      RUNTIME_JWT_SECRET_PREVIOUS: SECRET,
      PATH: "/bin",
      RUNTIME_BACKEND_URL: "",
    });
    assert.deepEqual(unknown, ["RUNTIME_PROT"]);
  });

  const refused: [Environment, RegExp][] = [
    [{ JWT_SECRET: undefined }, /^JWT_SECRET is missing: set it, or JWT_SECRET_FILE/],
    [{ JWT_SECRET: "too short" }, /^JWT_SECRET has 9 bytes: RFC 7518 wants at least 32/],
    [{ JWT_SECRET_PREVIOUS: "too short" }, /^JWT_SECRET_PREVIOUS has 9 bytes/],
    [
      { JWT_SECRET: "", JWT_SECRET_FILE: "/nowhere" },
      /^JWT_SECRET_FILE is "\/nowhere", which cannot be read \(ENOENT\)/,
    ],
    [{ PORT: "abc" }, /^PORT is "abc": give a whole number from 1 to 65535\.$/],
    [{ PORT: "0" }, /^PORT is "0"/],
    [{ PORT: "65536" }, /^PORT is "65536"/],
    [{ PORT: "80.5" }, /^PORT is "80.5"/],
    [{ RUNTIME_SERVER_PORT: "-1" }, /^RUNTIME_SERVER_PORT is "-1"/],
    [{ RATE_LIMIT_PER_MIN: "0" }, /^RATE_LIMIT_PER_MIN is "0"/],
    [{ LOG_LEVEL: "loud" }, /^LOG_LEVEL is "loud": use one of trace, debug, info/],
    [{ BACKEND_URL: "backend:5001" }, /^BACKEND_URL is not an address: give one such as http:\/\/host:5001/],
    [{ BACKEND_URL: "http://b/?x=1" }, /^BACKEND_URL is not an address/],
    [
      { BACKEND_URL: "http://b", BACKEND_TIMEOUT: "soon" },
      /^BACKEND_TIMEOUT is "soon": give seconds, or a time such as/,
    ],
    [{ BACKEND_URL: "http://b", BACKEND_TIMEOUT: "1h" }, /^BACKEND_TIMEOUT is "1h": .* from 100ms to 10m\.$/],
    [{ BACKEND_URL: "http://b", RUNTIME_CACHE_VALKEY_URL: "v:6379" }, /^RUNTIME_CACHE_VALKEY_URL is not an address/],
    [{ REPLICAS: "2" }, /^REPLICAS is 2, but each keeps its own data in SQLite: set BACKEND_URL, or REPLICAS to 1/],
    [{ RETENTION: "-1" }, /^RETENTION is "-1"/],
  ];
  for (const [environment, message] of refused) {
    it(`refuses ${JSON.stringify(environment)}, naming the variable and the remedy`, () => {
      assert.throws(() => read(environment), { name: "SettingsError", message });
    });
  }

  it("never shows a secret in a message", () => {
    for (const environment of [
      { JWT_SECRET: "hunter2" },
      { BACKEND_URL: "http://user:hunter2@b" },
      { VALKEY_URL: "valky://:hunter2@v" },
    ]) {
      assert.throws(
        () => read(environment),
        (error: Error) => !error.message.includes("hunter2"),
      );
    }
  });
});
