import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { resolveDockerHost } from "../../docker/host";
import { imageIdOf, tagsOf } from "../../docker/tags";
import { machineEngine, temporaryFolder, testName } from "../support/engine";
import { ProviderClient } from "../support/provider";
import { PASSWORD, type Registry, startRegistry, USER } from "../support/registry";

type Inputs = Record<string, unknown>;
type State = Inputs & { imageId: string; digest: string; contentDigest: string; ref: string; tags: string[] };

const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: PASSWORD };
const { host } = resolveDockerHost();

describe("cronium:index:Image and a registry", () => {
  const name = testName();
  const repository = `${name}/image`;
  let docker: Awaited<ReturnType<typeof machineEngine>>;
  let registry: Registry;
  let folder: ReturnType<typeof temporaryFolder>;
  let provider: ProviderClient;
  let push: string;

  const credentials = (password: unknown = SECRET) => ({
    registry: registry.address,
    registryUser: USER,
    registryPassword: password,
  });
  const start = (config: Inputs = credentials(), env: Record<string, string> = {}) =>
    ProviderClient.start("Image", host, folder.path, { config, env: { DOCKER_CONFIG: folder.path, ...env } });
  const checked = async (inputs: Inputs) => {
    const { inputs: news, failures } = await provider.check(undefined, inputs);
    assert.deepEqual(failures, {});
    return news;
  };
  const built = (more: Inputs = {}) =>
    checked({ context: "context", repository, tags: [`${name}/runner:x`], push, ...more });
  const pulled = (from: string) => checked({ from, repository: `${name}/promoted`, tags: [`${name}/runner:promoted`] });
  const make = async (inputs: Inputs, by = provider) => (await by.create(inputs)).state as State;
  const forget = async () => {
    for (const tag of await ours()) await docker.getImage(tag).remove({ force: true });
    // The containerd store keeps what was pulled by digest under that name.
    const digests = (await docker.listImages()).flatMap(({ RepoDigests }) => RepoDigests ?? []);
    for (const digest of digests.filter((reference) => reference.includes(name))) {
      await docker.getImage(digest).remove({ force: true });
    }
  };
  const sent = async (work: () => Promise<unknown>) => {
    const before = registry.requests().length;
    await work();
    return registry
      .requests()
      .slice(before)
      .filter((line) => /^(PUT|POST|PATCH)/.test(line));
  };
  const ours = async () => {
    const images = await docker.listImages();
    return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.includes(name) && !tag.includes("@"));
  };

  before(async () => {
    docker = await machineEngine();
    registry = await startRegistry({ auth: true });
    push = `${registry.address}/${repository}`;
    folder = temporaryFolder({ "context/Dockerfile": "FROM scratch\nCOPY hello /hello\n" });
    provider = await start();
  });
  beforeEach(() => writeFileSync(join(folder.path, "context/hello"), `hello ${testName()}\n`));
  afterEach(async () => {
    await forget();
  });
  after(async () => {
    provider?.stop();
    folder.remove();
    await registry.remove();
  });

  it("pushes what it builds, under its content's tag, and knows it by the registry's digest", async () => {
    const inputs = await built();
    assert.equal((await provider.create(inputs, true)).state.digest, "04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    const state = await make(inputs);
    const tag = `sha-${state.contentDigest.slice(7, 19)}`;
    assert.equal(state.digest, await registry.held(repository, tag));
    assert.equal(state.ref, `${push}@${state.digest}`);
    assert.equal(state.contentTag, `${repository}:${tag}`);
    assert.deepEqual(state.tags, [`${push}:${tag}`, `${repository}:${tag}`, `${name}/runner:x`].sort());
    assert.equal(await imageIdOf(docker, state.ref), state.imageId, "the engine knows it by its digest");
    assert.ok(!JSON.stringify(state).includes(PASSWORD));
    assert.equal((await provider.diff(state, inputs, inputs)).changed, false);

    await provider.delete("thing", state, inputs);
    assert.deepEqual(await ours(), []);
    assert.equal(await registry.held(repository, tag), state.digest, "others may run what is in the registry");
  });

  it("does not push again what the registry still has", async () => {
    const inputs = await built();
    const state = await make(inputs);
    const more = await built({ tags: [`${name}/runner:x`, `${name}/runner:y`] });
    let updated: State | undefined;
    const requests = await sent(async () => {
      updated = (await provider.update("thing", state, inputs, more)) as State;
    });
    assert.deepEqual(requests, []);
    assert.equal(updated?.digest, state.digest);
    assert.ok(updated?.tags.includes(`${name}/runner:y`));
  });

  it("sees a tag that was moved in the registry, an image that was removed there, and repairs both", async () => {
    const inputs = await built();
    const state = await make(inputs);
    const tag = state.contentTag?.toString().split(":")[1] as string;
    writeFileSync(join(folder.path, "context/hello"), "another\n");
    const other = await make(await built({ tags: [] }));

    for (const [what, drift] of Object.entries({
      moved: () => registry.move(repository, tag, other.digest),
      removed: () => registry.forget(repository, state.digest),
    })) {
      await drift();
      const read = (await provider.read("thing", state, inputs)) as State;
      assert.equal(read.digest, what === "moved" ? state.digest : null);
      assert.deepEqual((await provider.diff(read, inputs, inputs)).detailed, { push: ["ADD", false] }, what);
      const repaired = (await provider.update("thing", read, inputs, inputs)) as State;
      assert.equal(await registry.held(repository, tag), state.digest, what);
      assert.deepEqual(repaired, state, what);
    }
  });

  it("knows an image by its digest again after its tag was removed here, and pushes nothing", async () => {
    const inputs = await built();
    const state = await make(inputs);
    const [pushed] = state.tags.filter((tag) => tag.startsWith(push));
    await docker.getImage(pushed as string).remove();
    const read = (await provider.read("thing", state, inputs)) as State;
    assert.equal((await provider.diff(read, inputs, inputs)).changed, true);
    const requests = await sent(async () =>
      assert.deepEqual(await provider.update("thing", read, inputs, inputs), state),
    );
    assert.deepEqual(requests, []);
    assert.equal(await imageIdOf(docker, state.ref), state.imageId);
  });

  it("changes nothing when the password is wrong: one error, without the password", async () => {
    const wrong = { ...SECRET, value: "a-wrong-pass-word" };
    const refused = await start(credentials(wrong));
    try {
      const inputs = await built();
      await assert.rejects(make(inputs, refused), ({ message }: Error) => {
        assert.match(message, new RegExp(`registry ${registry.address} refuses user ${USER} of the stack's settings`));
        assert.match(
          message,
          /cronium:registryPassword, or `docker login`\. .* an up without --refresh brings new ones\.$/,
        );
        assert.doesNotMatch(message, /pass-word/);
        return true;
      });
      assert.deepEqual(await ours(), []);

      const state = await make(inputs);
      writeFileSync(join(folder.path, "context/hello"), "another\n");
      await assert.rejects(refused.update("thing", state, inputs, await built()), /refuses user/);
      assert.deepEqual(await tagsOf(docker, state.imageId), state.tags, "the image keeps its names");
    } finally {
      refused.stop();
    }
  });

  it("asks Docker's credential helper, whose words reach nobody else", async () => {
    const answer = JSON.stringify({ ServerURL: registry.address, Username: USER, Secret: PASSWORD });
    const helper = `#!/bin/sh\nread -r server\n[ "$1 $server" = "get ${registry.address}" ] && echo '${answer}'\n`;
    writeFileSync(join(folder.path, "docker-credential-test"), helper);
    chmodSync(join(folder.path, "docker-credential-test"), 0o755);
    const config = (helpers: Inputs) => writeFileSync(join(folder.path, "config.json"), JSON.stringify(helpers));
    const helped = await start({}, { PATH: `${folder.path}:${process.env.PATH}` });
    try {
      config({ credHelpers: { [registry.address]: "test" } });
      const state = await make(await built(), helped);
      assert.ok(!JSON.stringify(state).includes(PASSWORD));

      config({ credsStore: "absent" });
      const another = await built({ tags: [] });
      await assert.rejects(make(another, helped), /docker-credential-absent does not start/);
      config({});
      await assert.rejects(make(another, helped), /refuses nobody: \S+config.json has no credentials for it/);
      config({ auths: { [registry.address]: { auth: btoa(`${USER}:${PASSWORD}`) } } });
      await make(another, helped);
    } finally {
      helped.stop();
    }
  });

  it("waits for a registry that comes back", async () => {
    await registry.stop();
    const making = built().then((inputs) => make(inputs));
    await pause(1200); // the registry is away for that long
    await registry.start();
    assert.equal((await making).ref.startsWith(`${push}@sha256:`), true);
  });

  it("takes an image from a registry by its digest, under the names of the contract", async () => {
    const source = await make(await built());
    await forget();
    const inputs = await pulled(source.ref);
    const preview = (await provider.create(inputs, true)).state;
    assert.deepEqual([preview.ref, preview.digest], [source.ref, source.digest]);

    const state = await make(inputs);
    const { ref, digest, contentDigest, sizeBytes, layers } = state;
    const same = [source.ref, source.digest, source.contentDigest, source.sizeBytes, source.layers];
    assert.deepEqual([ref, digest, contentDigest, sizeBytes, layers], same);
    const content = `${name}/promoted:sha-${contentDigest.slice(7, 19)}`;
    assert.deepEqual(await tagsOf(docker, ref), [content, `${name}/runner:promoted`].sort());
    assert.equal((await provider.diff(state, inputs, inputs)).changed, false);
    assert.deepEqual(await provider.read("thing", state, inputs), state);

    await provider.delete("thing", state, inputs);
    assert.equal(await imageIdOf(docker, state.imageId), undefined);
  });

  it("goes to another digest and back, in place, and says what a registry does not hold", async () => {
    const first = await make(await built({ tags: [] }));
    writeFileSync(join(folder.path, "context/hello"), "a second one\n");
    const second = await make(await built({ tags: [] }));
    const [one, two] = [await pulled(first.ref), await pulled(second.ref)];
    let state = await make(one);
    assert.deepEqual((await provider.diff(state, one, two)).detailed, { from: ["UPDATE", true] });
    for (const [olds, news, source] of [
      [one, two, second],
      [two, one, first],
    ] as const) {
      state = (await provider.update("thing", state, olds, news)) as State;
      assert.equal(state.digest, source.digest);
      assert.equal(await imageIdOf(docker, `${name}/runner:promoted`), await imageIdOf(docker, source.ref));
    }
    const gone = await pulled(`${push}@sha256:${"0".repeat(64)}`);
    await assert.rejects(
      provider.update("thing", state, one, gone),
      /registry \S+ does not hold \S+@sha256:0+ \(.*: name an image/,
    );
    assert.deepEqual((await tagsOf(docker, state.imageId))?.filter((tag) => tag.includes("promoted")).length, 2);
  });

  it("refuses inputs of a build beside from, a from without digest, and neither context nor from", async () => {
    const from = `${push}@sha256:${"0".repeat(64)}`;
    const { failures } = await provider.check(undefined, { from, repository, target: "x", push });
    assert.deepEqual(Object.keys(failures).sort(), ["push", "target"]);
    const byTag = await provider.check(undefined, { from: `${push}:latest`, repository });
    assert.match(byTag.failures.from as string, /must be repository@sha256/);
    assert.match(
      (await provider.check(undefined, { repository })).failures.context as string,
      /a folder to build, or "from"/,
    );
  });

  it("pushes over TLS once the engine trusts the registry's authority", async () => {
    // Engines take loopback addresses without asking for a certificate.
    const bridge = await docker.getNetwork("bridge").inspect();
    const secure = await startRegistry({ host: bridge.IPAM?.Config?.[0]?.Gateway as string, tls: true, auth: true });
    const trusted = `/etc/docker/certs.d/${secure.address}`;
    const config = { registry: secure.address, registryUser: USER, registryPassword: SECRET };
    const client = await start(config);
    try {
      const inputs = await built({ push: `${secure.address}/${repository}` });
      await assert.rejects(
        make(inputs, client),
        new RegExp(`does not trust .* put its authority into ${trusted}/ca.crt`),
      );
      mkdirSync(trusted, { recursive: true });
      cpSync(join(secure.data, "../ca.crt"), join(trusted, "ca.crt"));
      const state = await make(inputs, client);
      assert.match(state.ref, new RegExp(`^${secure.address}/${repository}@sha256:`));
      assert.notEqual((await client.read("thing", state, inputs))?.digest, null);
    } finally {
      rmSync(trusted, { recursive: true, force: true });
      client.stop();
      await secure.remove();
    }
  });
});
