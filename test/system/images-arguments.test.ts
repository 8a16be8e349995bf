import assert from "node:assert/strict";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { readAccounts, readGroups, userOf } from "../../verify/accounts";
import { lockedContainers } from "../../verify/containers";
import { type ImageContents, lookup, sizeOf } from "../../verify/image";
import { readImage } from "../../verify/read";
import { verifyContents } from "../../verify/verify";
import { buildImages, removeImages } from "../support/built-images";
import { testName } from "../support/engine";

describe("build arguments of the images", () => {
  let docker: Docker;
  const name = testName();
  const images: Record<string, ImageContents> = {};
  before(async function () {
    this.timeout(20 * 60_000);
    docker = await dockerClient(resolveDockerHost());
    await buildImages([name, "USER_ID=2000", "GROUP_ID=2001", "KEEP_SHELL=false", "STRIP=false"]);
    for (const image of ["base", "bash", "python", "nodejs", "runtime-api", "valkey"]) {
      images[image] = await readImage(docker, `${name}/${image}:latest`);
    }
  });
  after(() => removeImages(docker, name));

  it("USER_ID, GROUP_ID: user, account, group and folders have them", () => {
    for (const [image, contents] of Object.entries(images)) {
      assert.deepEqual(userOf(contents), { uid: 2000, gid: 2001 }, image);
      assert.equal(readAccounts(contents).find((account) => account.name === "cronium")?.uid, 2000, image);
      assert.equal(readGroups(contents).find((group) => group.name === "cronium")?.gid, 2001, image);
      for (const folder of ["/app", "/workspace", "/home/cronium"]) {
        const { uid, gid } = lookup(contents, folder)?.entry ?? {};
        assert.deepEqual([uid, gid], [2000, 2001], `${image} ${folder}`);
      }
    }
  });

  it("KEEP_SHELL=false: no shell but in bash", () => {
    const shells = Object.entries(images).filter(([, contents]) => lookup(contents, "/bin/sh"));
    assert.deepEqual(
      shells.map(([image]) => image),
      ["bash"],
    );
  });

  it("STRIP=false: Node.js keeps its symbols", () => {
    const node = lookup(images.nodejs as ImageContents, "/usr/local/bin/node")?.entry;
    assert.ok((node?.size ?? 0) > 120e6, `${node?.size} bytes`);
    assert.ok(sizeOf(images.nodejs as ImageContents) > 120e6);
  });

  for (const image of ["base", "bash", "python", "nodejs", "runtime-api", "valkey"]) {
    it(`${image} keeps all other promises`, async () => {
      const containers = lockedContainers(docker, `${name}/${image}:latest`);
      const { results } = await verifyContents(images[image] as ImageContents, containers);
      const failed = results.filter(({ verdict }) => verdict.status === "fail").map(({ check }) => check.id);
      assert.deepEqual(failed, ["nodejs", "runtime-api"].includes(image) ? ["size-budget"] : []);
    });
  }
});
