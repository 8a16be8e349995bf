import assert from "node:assert/strict";
import { chmodSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resolveDockerHost } from "../../docker/host";
import { imageIdOf, setTag } from "../../docker/tags";
import { eventually, importShell, machineEngine, processes, temporaryFolder, testName } from "../support/engine";
import { faultyEngine } from "../support/faulty-engine";
import { initFailure, ProviderClient } from "../support/provider";

type State = Record<string, unknown> & { imageId: string; ref: string; tags: string[]; contentDigest: string };

const SECRET = {
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value: "a-secret-build-arg",
};
const DOCKERFILE = `ARG ROOT
FROM \${ROOT} AS build
ARG GREETING
RUN echo "$GREETING" > /greeting
FROM scratch
COPY --from=build /greeting /greeting
COPY hello.sh /hello.sh
`;

describe("cronium:index:Image", () => {
  const name = testName();
  const root = `${name}/root:latest`;
  let docker: Awaited<ReturnType<typeof machineEngine>>;
  let folder: ReturnType<typeof temporaryFolder>;
  let provider: ProviderClient;
  let inputs: Record<string, unknown>;

  const program = (more: Record<string, unknown> = {}) => ({
    context: "context",
    repository: `${name}/image`,
    tags: [`${name}/image:two`, `${name}/image:one`],
    buildArgs: { GREETING: "hello" },
    baseImages: { ROOT: root },
    ...more,
  });
  const checked = async (more: Record<string, unknown> = {}) => {
    const { inputs: found, failures } = await provider.check(undefined, program(more));
    assert.deepEqual(failures, {});
    return found;
  };
  const make = async (news: Record<string, unknown>) => (await provider.create(news)).state as State;
  const tagsOf = async (reference: string) => (await docker.getImage(reference).inspect()).RepoTags.toSorted();

  const tagsIn = async (repository: string) => {
    const images = await docker.listImages({ filters: { reference: [`${repository}:*`] } });
    return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(`${repository}:`));
  };

  before(async () => {
    docker = await machineEngine();
    await importShell(docker, root);
  });

  beforeEach(async () => {
    folder = temporaryFolder({ "context/Dockerfile": DOCKERFILE, "context/hello.sh": "echo hello\n" });
    provider = await ProviderClient.start("Image", resolveDockerHost().host, folder.path);
    inputs = await checked();
  });

  afterEach(async () => {
    provider.stop();
    folder.remove();
    for (const tag of await tagsIn(`${name}/image`)) await docker.getImage(tag).remove({ force: true });
  });

  after(() => docker.getImage(root).remove());

  it("hashes the context in Check, sorts the tags and fills in the defaults", () => {
    const files = inputs.files as Record<string, string>;
    assert.deepEqual(Object.keys(files), ["Dockerfile", "hello.sh"]);
    assert.match(files["hello.sh"] as string, /^-:[0-9a-f]{64}$/);
    assert.deepEqual(inputs.tags, [`${name}/image:one`, `${name}/image:two`]);
    assert.equal(inputs.dockerfile, "Dockerfile");
  });

  it("names what is wrong with inputs, and the remedy", async () => {
    const wrong = { context: "nowhere", repository: "Upper", tags: ["no tag"], labels: "x", extra: 1 };
    const { failures } = await provider.check(undefined, program(wrong));
    assert.deepEqual(Object.keys(failures).sort(), ["context", "extra", "labels", "repository", "tags"]);
    assert.match(failures.context as string, /"nowhere" is not there: name a folder/);
    assert.match(failures.extra as string, /no input of this resource: remove it/);
  });

  it("decides by content: not by modes, times or the place of the context", async () => {
    const file = join(folder.path, "context/hello.sh");
    utimesSync(file, 1, 1);
    chmodSync(file, 0o600);
    renameSync(join(folder.path, "context"), join(folder.path, "moved"));
    const news = await checked({ context: "moved" });
    const state = { ...inputs, contentTag: "r", tags: [...(inputs.tags as string[]), "r"] };
    assert.deepEqual(await provider.diff(state, inputs, news), { changed: false, detailed: {}, replaces: [] });
  });

  it("says which file, build arg and tag changed", async () => {
    chmodSync(join(folder.path, "context/hello.sh"), 0o755);
    writeFileSync(join(folder.path, "context/new.txt"), "");
    const news = await checked({ buildArgs: { GREETING: "hi" }, tags: [`${name}/image:one`] });
    const state = { ...inputs, contentTag: "r", tags: [...(inputs.tags as string[]), "r"] };
    assert.deepEqual((await provider.diff(state, inputs, news)).detailed, {
      "buildArgs.GREETING": ["UPDATE", true],
      'files["hello.sh"]': ["UPDATE", true],
      'files["new.txt"]': ["ADD", true],
      "tags[1]": ["DELETE", true],
    });
  });

  it("builds nothing in a preview, whose outputs are unknown", async () => {
    const { id, state } = await provider.create(inputs, true);
    assert.equal(id, "");
    for (const output of ["imageId", "contentDigest", "sizeBytes", "layers", "config", "ref", "tags"]) {
      assert.equal(state[output], "04da6b54-80e4-46f7-96ec-b56ff0331ba9", output);
    }
    assert.deepEqual(await tagsIn(`${name}/image`), []);
  });

  it("builds, names and measures; deletes all of it", async () => {
    const state = await make(inputs);
    assert.match(state.ref, new RegExp(`^${name}/image:sha-[0-9a-f]{12}$`));
    assert.equal(state.ref.slice(-12), state.contentDigest.slice(7, 19));
    assert.deepEqual(state.tags, [`${name}/image:one`, state.ref, `${name}/image:two`].sort());
    assert.deepEqual(await tagsOf(state.imageId), state.tags);
    assert.equal(state.sizeBytes, "hello\n".length + "echo hello\n".length);
    assert.equal((state.layers as unknown[]).length, 2);
    assert.deepEqual(state.config, { user: "", healthcheck: [], labels: {} });
    assert.equal(state.digest, null);
    assert.equal((await provider.diff(state, inputs, inputs)).changed, false);

    await provider.delete("thing", state, inputs);
    assert.equal(await imageIdOf(docker, state.imageId), undefined);
  });

  it("gives the steps the context as docker reads it: no ignored Dockerfile, no modes or times of the checkout", async () => {
    const files = {
      ".dockerignore": "Dockerfile\n.dockerignore\n*.md\n!keep.md\n",
      "gone.md": "",
      "keep.md": "kept\n",
    };
    folder.remove();
    const dockerfile = `ARG ROOT\nFROM \${ROOT}\nCOPY . /context\nRUN ls -lR /context && exit 1\n`;
    folder = temporaryFolder(
      prefixed("context/", { ...files, Dockerfile: dockerfile, "sub/run": "x".repeat(100_000) }),
    );
    chmodSync(join(folder.path, "context/sub/run"), 0o711);
    symlinkSync("keep.md", join(folder.path, "context/link"));
    provider.stop();
    provider = await ProviderClient.start("Image", resolveDockerHost().host, folder.path);
    await assert.rejects(provider.create(await checked()), ({ message }: Error) => {
      const listed = message
        .match(/[-dl][-rwx]{9} .*/g)
        ?.map((line) => line.replace(/^(\S{10}) +\S+ +\S+ +\S+ +/, "$1 "));
      assert.deepEqual(
        listed?.filter((line) => !line.startsWith("d")),
        [
          "-rw-r--r-- 5 Jan  1  1970 keep.md",
          "lrwxrwxrwx 7 Jan  1  1970 link -> keep.md",
          "-rwxr-xr-x 100000 Jan  1  1970 run",
        ],
      );
      return true;
    });
  });

  it("keeps secrets secret in state, and out of errors", async () => {
    const secret = await checked({ buildArgs: { GREETING: SECRET } });
    const state = await make(secret);
    assert.deepEqual((state.buildArgs as Record<string, unknown>).GREETING, SECRET);
    assert.deepEqual((await provider.read("thing", state, secret))?.buildArgs, state.buildArgs);

    writeFileSync(join(folder.path, "context/Dockerfile"), DOCKERFILE.replace("> /greeting", "&& exit 3"));
    const news = await checked({ buildArgs: { GREETING: SECRET } });
    await assert.rejects(provider.update("thing", state, secret, news), (error: Error) => {
      assert.match(error.message, /exit code: 3, in step\n.*RUN echo "\S+" && exit 3\n {4}\[secret\]/);
      assert.ok(!error.message.includes(SECRET.value));
      return true;
    });
    assert.deepEqual(await tagsOf(state.imageId), state.tags, "a failed build changes nothing");
  });

  it("moves the names to what it builds anew, and removes what they named before", async () => {
    const state = await make(inputs);
    writeFileSync(join(folder.path, "context/hello.sh"), "echo again\n");
    const news = await checked({ tags: [`${name}/image:one`, `${name}/image:three`] });
    const updated = (await provider.update("thing", state, inputs, news)) as State;
    assert.notEqual(updated.contentDigest, state.contentDigest);
    assert.deepEqual(updated.tags, [`${name}/image:one`, updated.ref, `${name}/image:three`].sort());
    assert.deepEqual(await tagsOf(updated.imageId), updated.tags);
    assert.equal(await imageIdOf(docker, state.imageId), undefined);
    assert.equal(await imageIdOf(docker, `${name}/image:two`), undefined);
  });

  it("keeps the image that containers know when a change changes no content", async () => {
    const state = await make(inputs);
    writeFileSync(join(folder.path, "context/Dockerfile"), `${DOCKERFILE}# a comment\n`);
    const updated = (await provider.update("thing", state, inputs, await checked())) as State;
    assert.equal(updated.imageId, state.imageId);
    assert.equal(updated.contentDigest, state.contentDigest);
  });

  it("removes an image that a container used when it was superseded as soon as it is free", async () => {
    const state = await make(inputs);
    const container = await docker.createContainer({ Image: state.imageId, Cmd: ["/nothing"] });
    writeFileSync(join(folder.path, "context/hello.sh"), "echo 2\n");
    const second = await checked();
    const updated = (await provider.update("thing", state, inputs, second)) as State;
    assert.deepEqual(updated.retired, [state.imageId]);
    assert.deepEqual(await tagsOf(state.imageId), []);

    await container.remove();
    await provider.delete("thing", updated, second);
    assert.equal(await imageIdOf(docker, state.imageId), undefined);
    assert.equal(await imageIdOf(docker, updated.imageId), undefined);
  });

  it("sees a deleted image, a deleted tag and a tag that was moved, and repairs the tags without building", async () => {
    const state = await make(inputs);
    await docker.getImage(`${name}/image:one`).remove();
    await setTag(docker, root, `${name}/image:two`);
    const read = (await provider.read("thing", state, inputs)) as State;
    assert.deepEqual(read.tags, [state.ref]);
    assert.deepEqual((await provider.diff(read, inputs, inputs)).detailed, {
      "tags[0]": ["ADD", false],
      "tags[1]": ["ADD", false],
    });
    const repaired = (await provider.update("thing", read, inputs, inputs)) as State;
    assert.equal(repaired.imageId, state.imageId);
    assert.deepEqual(await tagsOf(state.imageId), state.tags);

    await docker.getImage(state.imageId).remove({ force: true });
    assert.equal(await provider.read("thing", state, inputs), undefined);
  });

  it("leaves alone what is somebody else's", async () => {
    await setTag(docker, root, `${name}/image:two`);
    await assert.rejects(provider.create(inputs), /tag \S+:two exists already .* is not this stack's/);
    await docker.getImage(`${name}/image:two`).remove();

    const state = await make(inputs);
    await setTag(docker, root, `${name}/image:two`);
    await setTag(docker, state.imageId, `${name}/image:theirs`);
    await provider.delete("thing", state, inputs);
    assert.equal(await imageIdOf(docker, `${name}/image:two`), await imageIdOf(docker, root));
    assert.deepEqual(await tagsOf(state.imageId), [`${name}/image:theirs`]);
  });

  it("leaves an image that a container uses to the container, without its names", async () => {
    const state = await make(inputs);
    const container = await docker.createContainer({ Image: state.imageId, Cmd: ["/nothing"], name: `${name}-user` });
    await provider.delete("thing", state, inputs);
    assert.deepEqual(await tagsIn(`${name}/image`), []);
    assert.equal((await container.inspect()).Image, state.imageId);
    assert.equal(await imageIdOf(docker, state.imageId), state.imageId);
    await container.remove();
    await docker.getImage(state.imageId).remove();
  });

  it("keeps hold of an image that could not be named", async () => {
    const faulty = await faultyEngine(resolveDockerHost().host);
    const limping = await ProviderClient.start("Image", faulty.host, folder.path);
    try {
      faulty.fails = /^POST \/images\/.*\/tag/;
      const error = await limping.create(inputs).catch((failure: unknown) => failure);
      assert.match((error as Error).message, /made to fail/);
      const { id, state } = initFailure(error) ?? assert.fail("no partial state");
      assert.equal(id, "thing");
      assert.ok(await imageIdOf(docker, (state as State).imageId));

      faulty.fails = undefined;
      const repaired = (await limping.update(id, state, inputs, inputs)) as State;
      assert.deepEqual(await tagsOf(repaired.imageId), repaired.tags);
    } finally {
      limping.stop();
      faulty.remove();
    }
  });

  it("stops a build when the engine cancels", async () => {
    writeFileSync(
      join(folder.path, "context/Dockerfile"),
      `ARG ROOT\nFROM \${ROOT}\nRUN echo ${name}; exec sleep 3599\n`,
    );
    const building = provider.create(await checked());
    building.catch(() => undefined);
    const running = async () => (await processes()).includes("sleep 3599");
    await eventually("the step runs", running);
    await provider.cancel();
    await assert.rejects(building, /stopped: the update was cancelled/);
    await eventually("the step ends", async () => !(await running()));
  });
});

function prefixed(prefix: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${prefix}${name}`, content]));
}
