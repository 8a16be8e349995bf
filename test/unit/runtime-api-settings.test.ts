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
      unknown: [],
    });
  });

  it("reads every setting by its bare, its prefixed and its nested name", () => {
    const expected = {
      port: 8089,
      logLevel: "debug",
      jwtSecrets: ["a".repeat(32), "b".repeat(32)],
      rateLimitPerMinute: 5,
      executionId: "exec-1",
      dataDir: "/data",
      unknown: [],
    };
    const values = {
      PORT: "8089",
      LOG_LEVEL: "DEBUG",
      JWT_SECRET: "a".repeat(32),
      JWT_SECRET_PREVIOUS: "b".repeat(32),
      RATE_LIMIT_PER_MIN: "5",
      EXECUTION_ID: "exec-1",
      DATA_DIR: "/data",
    };
    const nested: Record<string, string> = {
      PORT: "RUNTIME_SERVER_PORT",
      LOG_LEVEL: "RUNTIME_LOGGING_LOG_LEVEL",
      JWT_SECRET: "RUNTIME_AUTH_JWT_SECRET",
      JWT_SECRET_PREVIOUS: "RUNTIME_AUTH_JWT_SECRET_PREVIOUS",
      RATE_LIMIT_PER_MIN: "RUNTIME_SECURITY_RATE_LIMIT_PER_MIN",
      EXECUTION_ID: "RUNTIME_SERVER_EXECUTION_ID",
      DATA_DIR: "RUNTIME_SERVER_DATA_DIR",
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
    [{ BACKEND_URL: "http://backend" }, /^BACKEND_URL is set, but this version/],
    [{ RUNTIME_CACHE_VALKEY_URL: "valkey://v" }, /^RUNTIME_CACHE_VALKEY_URL is set/],
    [{ CACHE_TTL: "5m" }, /^CACHE_TTL is set/],
  ];
  for (const [environment, message] of refused) {
    it(`refuses ${JSON.stringify(environment)}, naming the variable and the remedy`, () => {
      assert.throws(() => read(environment), { name: "SettingsError", message });
    });
  }

  it("never shows a secret in a message", () => {
    for (const environment of [
      { JWT_SECRET: "hunter2" },
      { BACKEND_TOKEN: "hunter2" },
      { VALKEY_URL: "valkey://:hunter2@v" },
    ]) {
      assert.throws(
        () => read(environment),
        (error: Error) => !error.message.includes("hunter2"),
      );
    }
  });
});
