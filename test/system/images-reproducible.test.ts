import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { compareImages } from "../../verify/compare";
import { readImage } from "../../verify/read";
import { buildImages, removeImages } from "../support/built-images";
import { temporaryFolder, testName } from "../support/engine";
import { type Registry, startRegistry } from "../support/registry";

/** Two people with their own habits: where their clone is, what its files' modes are, where they live, what they build on. */
const PEOPLE = [
  { umask: 0o022, TZ: "Pacific/Kiritimati", pulls: false },
  { umask: 0o077, TZ: "America/Los_Angeles", pulls: true },
];

describe("images", () => {
  let docker: Docker;
  let registry: Registry;
  const name = testName();
  before(async () => {
    docker = await dockerClient(resolveDockerHost());
    registry = await startRegistry();
  });
  after(async () => {
    await removeImages(docker, name);
    await registry.remove();
  });

  it("built twice from nothing, in other folders, with other modes, in other time zones, on a root from packages and on one from a registry, are the same", async function () {
    this.timeout(30 * 60_000); // a third of it on two cores that have nothing else to do
    const built: Record<string, string>[] = [];
    for (const [index, person] of PEOPLE.entries()) built.push(await buildAll(person, `${name}/${index}`, registry));
    const [one, other] = built;
    assert.equal(Object.keys(one ?? {}).length, 8);
    assert.ok(registry.requests().some((request) => /^GET .*\/root\/blobs\/.* 200$/.test(request)));
    for (const image of Object.keys(one ?? {})) {
      if (one?.[image] === other?.[image]) continue;
      const first = await readImage(docker, `${name}/0/${image}:latest`);
      assert.deepEqual(compareImages(first, await readImage(docker, `${name}/1/${image}:latest`)), [], image);
    }
    assert.deepEqual(one, other);
  });
});

/** Builds all in a copy of what git tracks or would track. */
async function buildAll(
  { umask, TZ, pulls }: (typeof PEOPLE)[number],
  namespace: string,
  { address }: Registry,
): Promise<Record<string, string>> {
  const copy = temporaryFolder();
  try {
    const folder = join(copy.path, namespace);
    const tracked = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    for (const path of tracked.toString().split("\0").filter(Boolean)) {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      cpSync(path, target);
      chmodSync(target, statSync(target).mode & ~umask);
    }
    symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
    const root = pulls ? ["--registry", address] : [];
    return await buildImages(["--cold", ...root, namespace], { folder, umask, env: { TZ } });
  } finally {
    copy.remove();
  }
}
