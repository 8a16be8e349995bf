import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { resolveDockerHost } from "../../docker/host";
import { eventually, machineEngine, temporaryFolder, testName } from "../support/engine";
import { ProviderClient } from "../support/provider";
import { type Registry, startRegistry } from "../support/registry";

describe("a push to a registry that cannot", () => {
  const name = testName();
  const repository = `${name}/image`;
  let docker: Awaited<ReturnType<typeof machineEngine>>;
  let folder: ReturnType<typeof temporaryFolder>;
  let provider: ProviderClient;

  const create = async (push: string) => {
    const { inputs } = await provider.check(undefined, { context: "context", repository, tags: [`${name}/x:y`], push });
    return provider.create(inputs);
  };
  const ours = async () => {
    const images = await docker.listImages();
    return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.includes(name));
  };

  before(async () => {
    docker = await machineEngine();
    folder = temporaryFolder({ "context/Dockerfile": "FROM scratch\nCOPY big /big\n" });
    writeFileSync(join(folder.path, "context/big"), randomBytes(4 << 20));
    provider = await ProviderClient.start("Image", resolveDockerHost().host, folder.path);
  });
  afterEach(async () => assert.deepEqual(await ours(), [], "nothing has changed"));
  after(() => {
    provider?.stop();
    folder.remove();
  });

  it("is absent: one error, after a while", async () => {
    await assert.rejects(
      create(`127.0.0.1:9/${repository}`),
      /no registry answers at 127\.0\.0\.1:9 \(.*connection refused\): start it, or name another with cronium:registry\.$/,
    );
  });

  it("is full: one error that says where to look", async () => {
    const data = temporaryFolder();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", data.path]);
    let full: Registry | undefined;
    try {
      full = await startRegistry({ data: data.path });
      await assert.rejects(
        create(`${full.address}/${repository}`),
        /registry 127\.0\.0\.1:\d+ fails at \S+ \(.*500.*\): its log says why; a full disk is the usual cause\.$/,
      );
    } finally {
      await full?.remove();
      execFileSync("umount", [data.path]);
      data.remove();
    }
  });

  it("hangs: it ends when the engine cancels", async () => {
    let asked = false;
    const silent: Server = createServer(() => {
      asked = true;
    }).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const pushing = create(`127.0.0.1:${port}/${repository}`);
    pushing.catch(() => undefined);
    await eventually("the registry is asked", () => asked);
    await provider.cancel();
    await assert.rejects(pushing, /stopped: the update was cancelled/);
    silent.close();
  });
});
