import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { resolveDockerHost } from "../../docker/host";
import { temporaryFolder } from "../support/engine";

const VARIABLES = ["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"];

describe("the engine's address", () => {
  const saved = { ...process.env };
  let folder: ReturnType<typeof temporaryFolder>;

  const context = (name: string, host: string, tls = false) => {
    const id = createHash("sha256").update(name).digest("hex");
    const meta = JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } });
    return { [`contexts/meta/${id}/meta.json`]: meta, ...(tls ? { [`contexts/tls/${id}/docker/cert.pem`]: "" } : {}) };
  };

  before(() => {
    folder = temporaryFolder({
      "config.json": JSON.stringify({ currentContext: "far" }),
      ...context("far", "tcp://far.test:2376", true),
      ...context("near", "unix:///near.sock"),
    });
  });
  beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name];
    process.env.DOCKER_CONFIG = folder.path;
  });
  afterEach(() => {
    for (const name of VARIABLES) {
      if (saved[name] === undefined) delete process.env[name];
      else process.env[name] = saved[name];
    }
  });
  after(() => folder.remove());

  it("is the setting, then DOCKER_HOST, then DOCKER_CONTEXT, then the current context", () => {
    assert.equal(resolveDockerHost().host, "tcp://far.test:2376");
    process.env.DOCKER_CONTEXT = "near";
    assert.equal(resolveDockerHost().host, "unix:///near.sock");
    process.env.DOCKER_HOST = "tcp://env.test:2375";
    assert.deepEqual(resolveDockerHost(), { host: "tcp://env.test:2375", source: "DOCKER_HOST" });
    const setting = resolveDockerHost({ host: "ssh://me@there" });
    assert.deepEqual(setting, { host: "ssh://me@there", source: "the setting docker:host" });
  });

  it("brings a context's certificates along, and DOCKER_CERT_PATH's for TCP only", () => {
    assert.match(resolveDockerHost().certPath ?? "", /contexts\/tls\/[0-9a-f]{64}\/docker$/);
    process.env.DOCKER_CERT_PATH = "/certs";
    process.env.DOCKER_HOST = "env.test:2376";
    assert.deepEqual(resolveDockerHost(), { host: "tcp://env.test:2376", certPath: "/certs", source: "DOCKER_HOST" });
    process.env.DOCKER_HOST = "unix:///some.sock";
    assert.equal(resolveDockerHost().certPath, undefined);
  });

  it("is a usual socket when nothing is set", () => {
    process.env.DOCKER_CONFIG = join(folder.path, "none");
    assert.match(resolveDockerHost().host, /^unix:\/\/\/.*docker\.sock$/);
    process.env.DOCKER_CONTEXT = "default";
    assert.match(resolveDockerHost().host, /^unix:\/\/\/.*docker\.sock$/);
  });

  it("names the value, where it came from and the remedy", () => {
    process.env.DOCKER_CONTEXT = "lost";
    assert.throws(resolveDockerHost, /"lost" \(from DOCKER_CONTEXT\) has no docker endpoint.*docker context use/);
    process.env.DOCKER_HOST = "ftp://x";
    assert.throws(resolveDockerHost, /"ftp:\/\/x" \(from DOCKER_HOST\).*use unix:/);
  });
});
