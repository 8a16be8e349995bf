import assert from "node:assert/strict";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { imageIdOf } from "../../docker/tags";
import { importShell } from "../support/engine";
import { copyProject, type Project } from "../support/project";

describe("an image that does not build", () => {
  let docker: Docker;
  let project: Project;
  let root: string;

  before(async () => {
    docker = await dockerClient(resolveDockerHost());
    project = copyProject();
    root = `${project.namespace}/root:latest`;
    await importShell(docker, root);
    project.write("index.ts", program(project.namespace));
    // The other one is in its step when this one fails.
    project.write("broken/Dockerfile", dockerfile("sleep 1; exit 3"));
    project.write("other/Dockerfile", dockerfile("sleep 3"));
  });
  after(async () => {
    project.remove();
    await docker.getImage(root).remove();
  });

  const up = () => project.cronium("up", "--yes", "--skip-preview", "--policy-pack", "");
  const made = (text: string) => [...text.matchAll(/cronium:index:Image (\S+) created \(/g)].map(([, name]) => name);

  it("does not lose those that are built beside it: they are kept, and the next up builds it alone", async () => {
    const failed = up();
    assert.notEqual(failed.status, 0);
    assert.match(failed.stdout, /exit code: 3/);
    assert.deepEqual(made(failed.stdout), ["other"]);
    assert.ok(await imageIdOf(docker, `${project.namespace}/other:latest`));

    project.write("broken/Dockerfile", dockerfile("true"));
    const mended = up();
    assert.equal(mended.status, 0, mended.stdout);
    assert.deepEqual(made(mended.stdout), ["broken"]);
  });
});

function dockerfile(step: string): string {
  return `ARG ROOT\nFROM $ROOT AS made\nRUN ${step}; echo made > /made\nFROM scratch\nCOPY --from=made /made /\n`;
}

function program(namespace: string): string {
  return `
import { resolveDockerHost } from "./docker/host";
import { Image, Provider } from "./components/resources";
const provider = new Provider("engine", { host: resolveDockerHost().host });
for (const name of ["broken", "other"]) {
  const repository = "${namespace}/" + name;
  const baseImages = { ROOT: "${namespace}/root:latest" };
  new Image(name, { context: name, repository, tags: [repository + ":latest"], baseImages }, { provider });
}
`;
}
