import assert from "node:assert/strict";
import { digestsIn, withDigests } from "../../cli/digests";
import { requireShared } from "../../cli/shared";

const ref = (name: string, digit: string) => `registry.test:5000/staging/cronium/${name}@sha256:${digit.repeat(64)}`;
const PROD = `# What prod runs.
config:
  cronium:images: promoted # nothing is built here
  cronium:logLevel: warn
`;

describe("cli: a promotion", () => {
  it("writes the digests, keeps comments, and takes away what is no longer there", () => {
    const first = withDigests(PROD, { base: ref("base", "1"), bash: ref("bash", "2") });
    assert.equal(first, `${PROD}  cronium:digests:\n    base: ${ref("base", "1")}\n    bash: ${ref("bash", "2")}\n`);
    const noted = first.replace("\n    bash:", " # held back\n    bash:");
    const second = withDigests(noted, { base: ref("base", "3"), python: ref("python", "4") });
    assert.equal(
      second,
      `${PROD}  cronium:digests:\n    base: ${ref("base", "3")} # held back\n    python: ${ref("python", "4")}\n`,
    );
    assert.deepEqual(digestsIn(second), { base: ref("base", "3"), python: ref("python", "4") });
    assert.deepEqual(digestsIn(PROD), {});
  });

  it("leaves secrets and the salt as they are", () => {
    const secret = `    secure: v1:${"x".repeat(200)}=\n`;
    const text = `encryptionsalt: v1:abc=:v1:def\nconfig:\n  cronium:runtimeApiSecret:\n${secret}`;
    assert.ok(withDigests(text, { base: ref("base", "1") }).startsWith(text));
  });
});

describe("cli: a shared environment", () => {
  const shared = "config:\n  cronium:shared: true\n";
  const { DOCKER_HOST } = process.env;
  afterEach(() => {
    if (DOCKER_HOST === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = DOCKER_HOST;
  });

  it("names what its caller has to set, all at once", () => {
    delete process.env.DOCKER_HOST;
    const check = (env: NodeJS.ProcessEnv, engine: boolean) => () => requireShared(shared, "prod", engine, env);
    assert.throws(check({}, true), /^Error: stack prod is shared .* lacks PULUMI_BACKEND_URL .* and DOCKER_HOST/);
    assert.throws(check({}, false), /lacks PULUMI_BACKEND_URL \(where its state is\): set/);
    process.env.DOCKER_HOST = "unix:///run/engine.sock";
    check({ PULUMI_BACKEND_URL: "file:///srv/state" }, true)();
  });

  it("is not where this machine keeps its own state", () => {
    const env = { XDG_STATE_HOME: "/state", PULUMI_BACKEND_URL: "file:///state/cronium/pulumi" };
    assert.throws(() => requireShared(shared, "prod", false, env), /PULUMI_BACKEND_URL/);
    requireShared("config: {}\n", "dev", true, {});
  });
});
