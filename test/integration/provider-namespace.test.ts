import assert from "node:assert/strict";
import { readClaim } from "../../docker/claim";
import { resolveDockerHost } from "../../docker/host";
import { importShell, machineEngine, testName } from "../support/engine";
import { ProviderClient } from "../support/provider";

describe("cronium:index:Namespace", () => {
  const name = testName();
  let docker: Awaited<ReturnType<typeof machineEngine>>;
  let provider: ProviderClient;

  const inputs = {
    name,
    stack: "organization/test/mine",
    owner: "me@here",
    volume: `${name}-claim`,
    tags: [`${name}/image:latest`],
    containers: [`${name}-container`],
    networks: [`${name}-network`],
    volumes: [`${name}-volume`],
  };
  const refusal = async (olds: Record<string, unknown> | undefined, news: Record<string, unknown>) =>
    Object.values((await provider.check(olds, news)).failures).join("\n");

  before(async () => {
    docker = await machineEngine();
  });
  beforeEach(async () => {
    provider = await ProviderClient.start("Namespace", resolveDockerHost().host, process.cwd());
  });
  afterEach(async () => {
    provider.stop();
    for (const volume of [inputs.volume, `${name}-volume`, `${name}-more`]) {
      await docker
        .getVolume(volume)
        .remove()
        .catch(() => undefined);
    }
  });

  it("claims with a labelled volume, which only its own delete removes", async () => {
    assert.equal(await refusal(undefined, inputs), "");
    assert.equal(await readClaim(docker, inputs.volume), undefined, "a check claims nothing");
    const { id, state } = await provider.create(inputs);
    assert.deepEqual(await readClaim(docker, inputs.volume), { id, stack: inputs.stack, owner: inputs.owner });
    assert.equal((await provider.diff(state, inputs, { ...inputs, owner: "me@elsewhere" })).changed, false);

    await provider.delete("another-id", state, inputs);
    assert.ok(await readClaim(docker, inputs.volume));
    await provider.delete(id, state, inputs);
    assert.equal(await readClaim(docker, inputs.volume), undefined);
  });

  it("refuses names that another stack claims: in Check, which a preview does, and in Create", async () => {
    await provider.create(inputs);
    const reason = await refusal(undefined, { ...inputs, stack: "organization/test/other" });
    assert.match(reason, new RegExp(`volume ${name}-claim is the claim of stack organization/test/mine of me@here`));
    assert.match(reason, /cronium:namespace/);
    await assert.rejects(provider.create(inputs), /is the claim of stack organization\/test\/mine/);
  });

  it("names each thing that exists already, of a new stack and of names that a stack adds", async () => {
    await importShell(docker, `${name}/image:latest`, ["sh"]);
    const container = await docker.createContainer({
      Image: `${name}/image:latest`,
      name: `${name}-container`,
      Cmd: ["x"],
    });
    const network = await docker.createNetwork({ Name: `${name}-network`, Internal: true });
    await docker.createVolume({ Name: `${name}-volume` });
    try {
      const reason = await refusal(undefined, inputs);
      for (const thing of ["tag", "container", "network", "volume"])
        assert.match(reason, new RegExp(`${thing} ${name}[-/]`));
      assert.equal(await refusal(inputs, inputs), "", "what a stack has, it may keep");
      await docker.createVolume({ Name: `${name}-more` });
      assert.match(
        await refusal(inputs, { ...inputs, volumes: [`${name}-volume`, `${name}-more`] }),
        /exist already: volume \S+-more$/m,
      );
    } finally {
      await container.remove();
      await network.remove();
      await docker.getImage(`${name}/image:latest`).remove();
    }
  });

  it("makes a claim again whose volume was removed, and is gone when another stack has it", async () => {
    const { id, state } = await provider.create(inputs);
    await docker.getVolume(inputs.volume).remove();
    const read = (await provider.read(id, state, inputs)) as Record<string, unknown>;
    assert.deepEqual((await provider.diff(read, inputs, inputs)).detailed, { claim: ["UPDATE", false] });
    await provider.update(id, read, inputs, inputs);
    assert.equal((await readClaim(docker, inputs.volume))?.id, id);
    assert.equal(await provider.read("another-id", state, inputs), undefined);
  });

  it("is replaced when its name changes", async () => {
    const { state } = await provider.create(inputs);
    const { replaces } = await provider.diff(state, inputs, { ...inputs, name: "x", volume: "x-claim" });
    assert.deepEqual(replaces, ["name", "volume"]);
  });

  it("says in one sentence when no engine answers", async () => {
    const lost = await ProviderClient.start("Namespace", "unix:///nowhere/docker.sock", process.cwd());
    await assert.rejects(
      lost.check(undefined, inputs),
      /no Docker engine answers at unix:\/\/\/nowhere\/docker.sock .*: ENOENT/,
    );
    lost.stop();
  });
});
