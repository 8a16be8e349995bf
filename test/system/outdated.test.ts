import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { temporaryFolder, testName } from "../support/engine";

/** An image that says it has the first versions of two packages of the suite; one of them had security fixes since. */
const RECORDS = {
  "var/lib/dpkg/status.d/libc6": "Package: libc6\nArchitecture: amd64\nVersion: 2.41-1\n",
  "var/lib/dpkg/status.d/libssl3t64": "Package: libssl3t64\nArchitecture: amd64\nVersion: 3.5.0-1\n",
  "var/lib/dpkg/status.d/never-packaged": "Package: never-packaged\nArchitecture: all\nVersion: 1\n",
};

describe("cronium outdated", () => {
  let docker: Docker;
  const name = testName();
  before(async () => {
    docker = await dockerClient(resolveDockerHost());
    const folder = temporaryFolder(RECORDS);
    const tar = execFileSync("tar", ["-c", "."], { cwd: folder.path });
    folder.remove();
    const stream = await docker.importImage(tar as never, { repo: name, tag: "latest" });
    await new Promise((resolve, reject) =>
      docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve(0))),
    );
  });
  after(() => docker.getImage(`${name}:latest`).remove());

  const outdated = (env: NodeJS.ProcessEnv = {}) =>
    spawnSync("./cronium", ["outdated", name, "--json"], { encoding: "utf8", env: { ...process.env, ...env } });

  it("finds what the archive has newer, and what of it is a security fix", () => {
    const { status, stdout, stderr } = outdated();
    assert.equal(status, 1, stderr);
    const list = (JSON.parse(stdout) as Record<string, { name: string; security: boolean }[]>)[name] ?? [];
    assert.deepEqual(list.map((one) => one.name).sort(), ["libc6", "libssl3t64"]);
    assert.equal(list.find((one) => one.name === "libssl3t64")?.security, true);
    assert.equal(list[0]?.security, true);
  });

  it("refuses what it cannot do: a stack that builds nothing, and to apply what is newer in images that are no stack's", () => {
    const refusal = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync("./cronium", ["outdated", ...args], { encoding: "utf8" });
      assert.deepEqual([status === 0, stdout], [false, ""]);
      return stderr;
    };
    assert.match(refusal("--stack", "prod"), /^cronium: stack prod builds nothing .*outdated --stack staging/);
    assert.match(
      refusal("--apply", name),
      new RegExp(`^cronium: --apply is about all images .*: leave out ${name}$`, "m"),
    );
    assert.match(refusal("--stack", "nowhere"), /^cronium: there is no stack "nowhere"/);
  });

  it("says so when the archive does not answer, with status 2", () => {
    const nowhere = "http://127.0.0.1:9";
    const proxies = { HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere, https_proxy: nowhere };
    const { status, stdout, stderr } = outdated(proxies);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^cronium: outdated: the Debian archive does not answer: Failed to fetch .*127\.0\.0\.1/m);
  });
});
