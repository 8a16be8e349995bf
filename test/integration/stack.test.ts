import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { machineSources } from "../../docker/machine";
import { inventory } from "../support/inventory";
import { copyProject, type Project } from "../support/project";

interface Outputs {
  imageDigests: Record<string, string>;
  imageContentDigests: Record<string, string>;
  imageSizes: Record<string, number>;
  imageRefs: Record<string, string>;
  imageTags: Record<string, string[]>;
  networks: { jobs: string; egress: string };
  runtimeApi: { url: string; containerId: string; version: string };
  runtimeApiSecret: string;
}

interface Preview {
  steps: { op: string; urn: string }[];
}

const BYSTANDER = `bystander-${randomBytes(4).toString("hex")}`;
const NAMES = ["base", "bash", "nodejs", "python", "runtime-api", "valkey"];

describe("a stack", () => {
  let docker: Docker;
  let project: Project;
  let outputs: Outputs;
  let bystanders: string[];

  before(async () => {
    docker = await dockerClient(resolveDockerHost());
    // Of the range for tests (RFC 2544), which no network of anybody's has.
    const subnet = (first: number) => `198.18.${randomInt(256)}.${first}/28`;
    project = copyProject({ "cronium:jobsSubnet": subnet(0), "cronium:egressSubnet": subnet(16) });
    project.succeed("up", "--yes");
    outputs = project.outputs<Outputs>();
    // Somebody else's: things of their own, and a tag of their own on an image of ours.
    await docker.createNetwork({ Name: BYSTANDER, Internal: true });
    await docker.createVolume({ Name: BYSTANDER });
    await docker.getImage(outputs.imageRefs.base as string).tag({ repo: BYSTANDER, tag: "latest" });
    bystanders = (await inventory()).filter((line) => line.includes(BYSTANDER));
    assert.equal(bystanders.length, 3);
  });

  after(async () => {
    project.remove();
    const left = await inventory();
    assert.deepEqual(
      left.filter((line) => line.includes(project.namespace)),
      [],
      "destroy leaves nothing",
    );
    assert.deepEqual(
      bystanders.filter((line) => !left.includes(line)),
      [],
      "destroy touches nothing else",
    );
    await docker.getNetwork(BYSTANDER).remove();
    await docker.getVolume(BYSTANDER).remove();
    await docker.getImage(`${BYSTANDER}:latest`).remove();
  });

  it("is up in one go, and a second preview has nothing to do", () => {
    project.succeed("preview", "--refresh", "--expect-no-changes");
  });

  it("tells its outputs as maps by image name", async () => {
    const maps = ["imageDigests", "imageContentDigests", "imageSizes", "imageRefs", "imageTags"] as const;
    for (const map of maps) assert.deepEqual(Object.keys(outputs[map]).sort(), NAMES, map);
    for (const name of NAMES) {
      const image = await docker.getImage(outputs.imageRefs[name] as string).inspect();
      assert.equal(image.Id, outputs.imageDigests[name], name);
      assert.deepEqual(ours(image.RepoTags), outputs.imageTags[name], name);
      assert.match(outputs.imageContentDigests[name] ?? "", /^sha256:[0-9a-f]{64}$/);
      assert.ok((outputs.imageSizes[name] ?? 0) > 1_000_000, name);
    }
    const sidecar = await docker.getContainer(outputs.runtimeApi.containerId).inspect();
    assert.equal(sidecar.State.Health?.Status, "healthy");
    assert.ok(outputs.networks.jobs in sidecar.NetworkSettings.Networks);
    assert.ok(outputs.networks.egress in sidecar.NetworkSettings.Networks);
  });

  it("keeps its secret out of docker inspect and out of plain state", async () => {
    assert.equal(outputs.runtimeApiSecret.length, 64);
    const filters = { name: [project.namespace] };
    const containers = await docker.listContainers({ all: true, filters });
    assert.equal(containers.length, 2);
    for (const { Id } of containers) {
      const inspected = JSON.stringify(await docker.getContainer(Id).inspect());
      assert.ok(!inspected.includes(outputs.runtimeApiSecret), "docker inspect shows the secret");
    }
    for (const file of files(project.state)) {
      assert.ok(!readFileSync(file).includes(outputs.runtimeApiSecret), `${file} holds the secret in plain text`);
    }
  });

  it("says nowhere where this machine's packages come from: not in state, nor in a config or history of its images", async () => {
    const sources = Object.values(await machineSources());
    assert.ok(sources.length > 0);
    const all = await docker.listImages();
    const images = all.filter(({ RepoTags }) => ours(RepoTags ?? []).length > 0).map(({ Id }) => docker.getImage(Id));
    assert.ok(images.length > NAMES.length, "the builder is among them");
    const told = images.map(async (image) => JSON.stringify([await image.inspect(), await image.history()]));
    const texts = [...files(project.state).map((file) => readFileSync(file, "utf8")), ...(await Promise.all(told))];
    for (const source of sources) assert.ok(!texts.some((text) => text.includes(source)), source);
  });

  it("decides by content: modes, umask, times and the folder change nothing", () => {
    execFileSync("chmod", ["-R", "go-w,g-r", join(project.folder, "images")]);
    for (const file of files(join(project.folder, "images"))) execFileSync("touch", [file]);
    const umask = process.umask(0o077);
    try {
      project.succeed("preview", "--expect-no-changes");
    } finally {
      process.umask(umask);
    }
  });

  it("says in a preview which file changed, and builds nothing", async () => {
    const changed = "images/bash/contents.list";
    const original = readFileSync(join(project.folder, changed), "utf8");
    const images = await ourImages();
    try {
      project.write(changed, `${original}# changed\n`);
      assert.match(project.succeed("preview", "--diff").stdout, /~ files: \{\s+~ contents\.list/);
      assert.deepEqual(await ourImages(), images);
    } finally {
      project.write(changed, original);
    }
  });

  /** What somebody does to the engine, and what a preview says will be done about it. */
  const drifts: Record<string, { drift(): Promise<unknown>; shown: Record<string, string> }> = {
    "a deleted image, a tag that was moved to another image, a deleted tag and a removed sidecar": {
      drift: async () => {
        const [repo, tag] = runnerTag("python").split(/:(?=[^:]*$)/) as [string, string];
        await docker.getImage(outputs.imageRefs.base as string).tag({ repo, tag });
        await docker.getImage(runnerTag("nodejs")).remove();
        await docker.getImage(outputs.imageDigests.bash as string).remove({ force: true });
        await docker.getContainer(`${project.namespace}-runtime-api`).remove({ force: true });
      },
      shown: {
        "Container::runtime-api": "create",
        "Image::bash": "create",
        "Image::nodejs": "update",
        "Image::python": "update",
      },
    },
    "a removed network, after its containers": {
      drift: async () => {
        await docker.getContainer(`${project.namespace}-runtime-api`).remove({ force: true });
        await docker.getNetwork(outputs.networks.jobs).remove();
      },
      shown: { "Container::runtime-api": "create", "Network::jobs": "create" },
    },
  };
  for (const [what, { drift, shown }] of Object.entries(drifts)) {
    it(`sees and repairs ${what}`, async () => {
      await drift();
      const { steps } = JSON.parse(project.succeed("preview", "--refresh", "--json").stdout) as Preview;
      const changes = steps.filter(({ op }) => op !== "same" && op !== "refresh");
      assert.deepEqual(
        Object.fromEntries(changes.map(({ op, urn }) => [urn.split(":").slice(-3).join(":"), op])),
        shown,
      );
      project.succeed("up", "--refresh", "--yes");
      project.succeed("preview", "--refresh", "--expect-no-changes");
      for (const name of NAMES) {
        const image = await docker.getImage(outputs.imageRefs[name] as string).inspect();
        assert.deepEqual(ours(image.RepoTags), outputs.imageTags[name], name);
      }
      outputs = project.outputs<Outputs>();
    });
  }

  it("has a fifth image after a folder and a line", () => {
    const program = readFileSync(join(project.folder, "index.ts"), "utf8");
    const line = '  bash: { from: ["base"], runner: "bash-alpine" },\n';
    assert.ok(program.includes(line));
    project.write("index.ts", program.replace(line, `${line}  ruby: { from: ["base"], runner: "ruby" },\n`));
    project.write("images/ruby/Dockerfile", "ARG BASE\nFROM $BASE\nCOPY hello /hello\n");
    project.write("images/ruby/hello", "hello\n");
    project.succeed("up", "--yes");
    const { imageTags, imageSizes } = project.outputs<Outputs>();
    const named = (name: string) => `${project.namespace}/cronium/${name}`;
    assert.equal(imageSizes.ruby, (imageSizes.base as number) + "hello\n".length);
    assert.deepEqual(
      imageTags.ruby?.filter((tag) => !tag.includes(":sha-")),
      [named("ruby:latest"), named("runner:ruby")],
    );
    project.write("index.ts", program);
    project.succeed("up", "--yes");
    assert.deepEqual(project.outputs<Outputs>().imageTags, outputs.imageTags);
  });

  it("refuses names that another state claims, in the preview already, and names the owner", () => {
    const other = copyProject();
    other.write(`Pulumi.${other.namespace}.yaml`, `config:\n  cronium:namespace: ${project.namespace}\n`);
    try {
      for (const word of ["preview", "up"]) {
        const { status, stdout, stderr } = other.cronium(word, ...(word === "up" ? ["--yes", "--skip-preview"] : []));
        assert.notEqual(status, 0);
        assert.match(stdout + stderr, new RegExp(`organization/cronium/${project.namespace}`));
        assert.match(stdout + stderr, /cronium:namespace/);
      }
      project.succeed("preview", "--refresh", "--expect-no-changes");
    } finally {
      other.remove();
    }
  });

  function ours(tags: string[]): string[] {
    return tags.filter((tag) => tag.startsWith(`${project.namespace}/`)).sort();
  }

  async function ourImages(): Promise<string[]> {
    return (await inventory()).filter((line) => line.includes(`${project.namespace}/`));
  }

  function runnerTag(name: string): string {
    return outputs.imageTags[name]?.find((tag) => tag.includes("/runner:")) as string;
  }
});

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}
