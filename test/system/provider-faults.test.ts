import assert from "node:assert/strict";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  eventually,
  importShell,
  type PrivateEngine,
  privateEngine,
  processes,
  temporaryFolder,
} from "../support/engine";
import { initFailure, ProviderClient } from "../support/provider";

/** Faults that need an engine of the test's own: root, dockerd and a network namespace. */
describe("a failing engine", () => {
  let engine: PrivateEngine;
  let folder: ReturnType<typeof temporaryFolder>;
  let provider: ProviderClient;

  const inputs = async (files: Record<string, string>) => {
    folder = temporaryFolder(files);
    provider = await ProviderClient.start("Image", engine.host, folder.path);
    const news = { context: "context", repository: "fault/image", tags: ["fault/image:latest"] };
    return (await provider.check(undefined, { ...news, baseImages: { ROOT: "fault/root:latest" } })).inputs;
  };

  beforeEach(async () => {
    engine = await privateEngine(128);
    await importShell(engine.docker, "fault/root:latest");
  });
  afterEach(async () => {
    provider.stop();
    folder.remove();
    await engine.remove();
  });

  it("with a full disk is one error that says so, and leaves no image", async () => {
    const news = await inputs({ "context/Dockerfile": "FROM scratch\nCOPY big /\n", "context/big": "" });
    truncateSync(join(folder.path, "context/big"), 256 * 1024 * 1024);
    await assert.rejects(provider.create(news), /disk is full.*docker system prune/);
    assert.equal((await engine.docker.listImages()).length, 1);
  });

  it("whose disk is full after the build keeps what it has, and the next run works", async () => {
    const news = await inputs({ "context/Dockerfile": "FROM scratch\nCOPY big /\n", "context/big": "" });
    truncateSync(join(folder.path, "context/big"), 36 * 1024 * 1024);
    const error = await provider.create(news).catch((failure: unknown) => failure);
    assert.match((error as Error).message, /disk is full.*docker system prune/);
    const { id, state } = initFailure(error) ?? assert.fail("no partial state");

    engine.resize(512);
    const repaired = await provider.update(id, state, news, news);
    assert.equal((await engine.docker.getImage("fault/image:latest").inspect()).Id, repaired.imageId);
    assert.equal((await engine.docker.listImages()).length, 2);
  });

  it("that dies during a build is one error, and the next run works", async () => {
    const news = await inputs({ "context/Dockerfile": "FROM fault/root:latest\nRUN exec sleep 3571\n" });
    const building = provider.create(news);
    building.catch(() => undefined);
    await eventually("the step runs", async () => (await processes()).includes("sleep 3571"));
    await engine.crash();
    await assert.rejects(building, /the Docker engine at unix:\S+ went away during the build .* No tag was changed/);

    writeFileSync(join(folder.path, "context/Dockerfile"), "FROM fault/root:latest\nRUN echo done > /x\n");
    await engine.start();
    const { state } = await provider.create({ ...news, tags: ["fault/image:latest"] });
    assert.equal((await engine.docker.getImage("fault/image:latest").inspect()).Id, state.imageId);
  });
});
