import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { buildImage } from "../../docker/build";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { machineSecrets } from "../../docker/machine";
import { readAccounts, readGroups, userOf } from "../../verify/accounts";
import { lockedContainers } from "../../verify/containers";
import { type ImageContents, lookup, sizeOf } from "../../verify/image";
import { packagesOf } from "../../verify/packages";
import { readImage } from "../../verify/read";
import { verifyContents } from "../../verify/verify";
import { buildImages, removeImages } from "../support/built-images";
import { makeCertificate } from "../support/certificate";
import { temporaryFolder, testName } from "../support/engine";

describe("build arguments of the images", () => {
  let docker: Docker;
  const name = testName();
  const images: Record<string, ImageContents> = {};
  const folder = temporaryFolder();
  let gateway: string;
  before(async function () {
    this.timeout(20 * 60_000);
    docker = await dockerClient(resolveDockerHost());
    const bridge = await docker.getNetwork("bridge").inspect();
    gateway = bridge.IPAM?.Config?.[0]?.Gateway ?? "";
    makeCertificate(folder.path, gateway);
    const given = ["USER_ID=2000", "GROUP_ID=2001", "KEEP_SHELL=false", "STRIP=false", "EXTRA_PACKAGES=tree"];
    await buildImages(["--extra-ca", join(folder.path, "ca.crt"), name, ...given]);
    for (const image of ["base", "bash", "python", "nodejs", "runtime-api", "valkey"]) {
      images[image] = await readImage(docker, `${name}/${image}:latest`);
    }
  });
  after(async () => {
    await removeImages(docker, name);
    folder.remove();
  });

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

  it("EXTRA_PACKAGES: the languages' images have the package, its record and its program, which works", async () => {
    for (const [image, contents] of Object.entries(images)) {
      const promised = ["bash", "python", "nodejs"].includes(image);
      assert.equal(lookup(contents, "/usr/bin/tree") !== undefined, promised, image);
      assert.equal(packagesOf(contents).filter((found) => found.name === "tree").length, promised ? 1 : 0, image);
      if (!promised) continue;
      const ran = await lockedContainers(docker, `${name}/${image}:latest`).run(["/usr/bin/tree", "/etc/ssl"]);
      assert.deepEqual([ran.status, ran.stderr], [0, ""], image);
      assert.match(ran.stdout, /ca-certificates\.crt/, image);
    }
  });

  it("extraCa: a builder's step trusts it, and no image holds it", async () => {
    const authority = readFileSync(join(folder.path, "ca.crt"), "utf8").split("\n")[2] as string;
    for (const [image, { files }] of Object.entries(images)) {
      const holders = [...files].filter(([, entry]) => entry.bytes?.includes(authority));
      assert.deepEqual(holders, [], image);
    }
    const served = temporaryFolder({ "package/hello": "hello\n" });
    const tarball = execFileSync("tar", ["-czC", served.path, "package"]);
    const pin = `thing 1.0.0 sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const step = "npm-package /thing.pins thing /thing && cat /thing/hello";
    const mounts = "--mount=type=secret,id=machine --mount=type=secret,id=ca";
    const context = temporaryFolder({
      Dockerfile: `FROM ${name}/builder:latest\nCOPY thing.pins /\nRUN ${mounts} ${step}\n`,
      "thing.pins": `${pin}\n`,
    });
    const [key, cert] = ["server.key", "server.crt"].map((file) => readFileSync(join(folder.path, file)));
    const server = createServer({ key, cert }, (_, response) => response.end(tarball));
    await new Promise<void>((resolve) => server.listen(0, gateway, resolve));
    const machine = `NPM_REGISTRY='https://${gateway}:${(server.address() as { port: number }).port}'\n`;
    const build = async (extraCa?: string) =>
      await buildImage(docker, {
        context: context.path,
        secrets: { ...(await machineSecrets(extraCa)), machine },
        noCache: true,
      });
    try {
      await assert.rejects(build(), /certificate/i);
      const id = await build(join(folder.path, "ca.crt"));
      await docker.getImage(id).remove();
    } finally {
      server.close();
      served.remove();
      context.remove();
    }
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
