import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
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

const NAMES = ["base", "bash", "nodejs", "python", "runtime-api"];

describe("a stack", () => {
  let docker: Docker;
  let project: Project;
  let outputs: Outputs;
  let found: string[];

  before(async () => {
    docker = await dockerClient(resolveDockerHost());
    found = await inventory();
    project = copyProject();
    project.succeed("up", "--yes");
    outputs = project.outputs<Outputs>();
  });

  after(async () => {
    project.remove();
    assert.deepEqual(await inventory(), found, "destroy leaves what was there before, and nothing else");
  });

  it("is up in one go, and a second preview has nothing to do", () => {
    project.succeed("preview", "--expect-no-changes");
    project.succeed("preview", "--refresh", "--expect-no-changes");
  });

  it("tells its outputs as maps by image name", async () => {
    const maps = ["imageDigests", "imageContentDigests", "imageSizes", "imageRefs", "imageTags"] as const;
    for (const map of maps) assert.deepEqual(Object.keys(outputs[map]).sort(), NAMES, map);
    for (const name of NAMES) {
      const image = await docker.getImage(outputs.imageRefs[name] as string).inspect();
      assert.equal(image.Id, outputs.imageDigests[name], name);
      assert.deepEqual(image.RepoTags.toSorted(), outputs.imageTags[name], name);
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
    for (const { Id } of await docker.listContainers({ all: true })) {
      const inspected = JSON.stringify(await docker.getContainer(Id).inspect());
      assert.ok(!inspected.includes(outputs.runtimeApiSecret), "docker inspect shows the secret");
    }
    for (const file of files(project.state)) {
      assert.ok(!readFileSync(file).includes(outputs.runtimeApiSecret), `${file} holds the secret in plain text`);
    }
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
    const helper = join(project.folder, "images/bash/cronium.sh");
    const original = readFileSync(helper);
    const images = await docker.listImages();
    try {
      writeFileSync(helper, `${original}# changed\n`);
      const { stdout } = project.succeed("preview", "--diff");
      assert.match(stdout, /cronium\.sh/);
      assert.deepEqual(await docker.listImages(), images);
    } finally {
      writeFileSync(helper, original);
    }
  });

  const drifts: Record<string, () => Promise<unknown>> = {
    "a deleted image": () =>
      docker
        .getImage(outputs.imageRefs.bash as string)
        .inspect()
        .then(({ Id }) => docker.getImage(Id).remove({ force: true })),
    "a tag that was moved to another image": () => {
      const [repo, tag] = runnerTag("python").split(/:(?=[^:]*$)/) as [string, string];
      return docker.getImage(outputs.imageRefs.bash as string).tag({ repo, tag });
    },
    "a deleted tag": () => docker.getImage(runnerTag("nodejs")).remove(),
    "a removed sidecar": () => docker.getContainer(`${project.namespace}-runtime-api`).remove({ force: true }),
    "a removed network, after its containers": async () => {
      await docker.getContainer(`${project.namespace}-runtime-api`).remove({ force: true });
      await docker.getNetwork(outputs.networks.jobs).remove();
    },
  };
  for (const [what, drift] of Object.entries(drifts)) {
    it(`sees and repairs ${what}`, async () => {
      await drift();
      assert.notEqual(project.cronium("preview", "--refresh", "--expect-no-changes").status, 0, "preview --refresh");
      project.succeed("up", "--refresh", "--yes");
      project.succeed("preview", "--refresh", "--expect-no-changes");
      for (const name of NAMES) {
        const image = await docker.getImage(outputs.imageRefs[name] as string).inspect();
        assert.deepEqual(image.RepoTags.toSorted(), outputs.imageTags[name], name);
      }
      outputs = project.outputs<Outputs>();
    });
  }

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

  function runnerTag(name: string): string {
    return outputs.imageTags[name]?.find((tag) => tag.includes("/runner:")) as string;
  }
});

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile());
}
