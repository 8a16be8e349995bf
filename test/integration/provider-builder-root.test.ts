import assert from "node:assert/strict";
import { resolveDockerHost } from "../../docker/host";
import { imageIdOf, setTag } from "../../docker/tags";
import { importShell, machineEngine, testName } from "../support/engine";
import { ProviderClient } from "../support/provider";

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("cronium:index:BuilderRoot", () => {
  const name = testName();
  const ref = `${name}/root:latest`;
  const inputs = { repository: `${name}/root`, source: "auto", suite: "trixie" };
  let docker: Awaited<ReturnType<typeof machineEngine>>;
  let provider: ProviderClient;

  before(async () => {
    docker = await machineEngine();
    provider = await ProviderClient.start("BuilderRoot", resolveDockerHost().host, process.cwd());
  });
  after(() => provider.stop());

  it("takes auto, bootstrap or a reference by digest", async () => {
    for (const source of ["auto", "bootstrap", `registry.test:5000/debian@${DIGEST}`]) {
      assert.deepEqual((await provider.check(undefined, { ...inputs, source })).failures, {}, source);
    }
    const { failures } = await provider.check(undefined, { ...inputs, source: "debian:trixie", reference: "debian" });
    assert.match(failures.source as string, /"debian:trixie" must be auto, bootstrap or a reference by digest/);
    assert.match(failures.reference as string, /"debian" must be a reference by digest/);
  });

  it("does nothing in a preview", async () => {
    const { state } = await provider.create(inputs, true);
    assert.equal(state.ref, ref);
    assert.equal(await imageIdOf(docker, ref), undefined);
  });

  it("names the setting when a reference cannot be pulled", async () => {
    const source = `registry.invalid/debian@${DIGEST}`;
    await assert.rejects(
      provider.create({ ...inputs, source }),
      /registry\.invalid.* cannot be pulled.*cronium:builderRoot/s,
    );
  });

  it("sees a name that was moved and repairs it; is gone with its image; deletes what is its own", async () => {
    await importShell(docker, ref, ["sh"]);
    await importShell(docker, `${name}/other:latest`, ["sh", "cat"]);
    const imageId = (await imageIdOf(docker, ref)) as string;
    const state = { ...inputs, ref, imageId, origin: "bootstrap", contentDigest: "c" };
    assert.equal((await provider.diff(state, inputs, inputs)).changed, false);

    await setTag(docker, imageId, `${name}/kept:latest`);
    await setTag(docker, `${name}/other:latest`, ref);
    const read = (await provider.read("thing", state, inputs)) as Record<string, unknown>;
    assert.deepEqual((await provider.diff(read, inputs, inputs)).detailed, { ref: ["UPDATE", false] });
    await provider.update("thing", read, inputs, inputs);
    assert.equal(await imageIdOf(docker, ref), imageId);

    await docker.getImage(`${name}/kept:latest`).remove();
    await provider.delete("thing", state, inputs);
    assert.equal(await imageIdOf(docker, imageId), undefined);
    assert.equal(await provider.read("thing", state, inputs), undefined);
    await docker.getImage(`${name}/other:latest`).remove();
  });
});
