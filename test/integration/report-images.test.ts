import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import type { Report } from "../../report/model";
import { copyProject, type Project } from "../support/project";
import { type Registry, startRegistry } from "../support/registry";

/** An image that is pushed and one built on it, both of a few bytes. */
describe("cronium --report: images", () => {
  let project: Project;
  let registry: Registry;

  before(async () => {
    registry = await startRegistry();
    project = copyProject();
    project.write("index.ts", program(project.namespace, registry.address));
    project.write("Pulumi.yaml", readFileSync("Pulumi.yaml", "utf8"));
    project.write("app/Dockerfile", "FROM scratch\nCOPY *.txt status.d /\n");
    project.write("app/a.txt", "12345");
    project.write("app/status.d", "");
    project.write("child/Dockerfile", "ARG APP\nFROM ${" + "APP}\nCOPY c.txt /\n");
    project.write("child/c.txt", "123");
  });
  after(async () => {
    project.remove();
    await registry.remove();
  });

  const report = () => JSON.parse(readFileSync(join(project.folder, "out", "report.json"), "utf8")) as Report;
  const sizes = () => report().images.map(({ name, before, after }) => [name, before?.sizeBytes, after?.sizeBytes]);
  /** Policies block it, which takes nothing away from its report. */
  const preview = (...flags: string[]) => {
    assert.equal(project.cronium("preview", "--report", "out", ...flags).status, 1);
    assert.equal(report().outcome, "blocked");
  };
  /** Of the test's own, as others use the engine too. */
  const imageIds = async () => {
    const docker = await dockerClient(resolveDockerHost());
    return (await docker.listImages({ filters: { label: [`test=${project.namespace}`] } })).map(({ Id }) => Id).sort();
  };

  it("of a stack that is not there yet are built to be measured, and removed", async () => {
    preview();
    assert.deepEqual(sizes(), [
      ["app", undefined, 5],
      ["child", undefined, 8],
    ]);
    assert.deepEqual(await imageIds(), []);
  });

  it("of an up are measured and verified", () => {
    project.succeed("up", "--yes", "--policy-pack", "", "--report", "out");
    assert.deepEqual(sizes(), [
      ["app", undefined, 5],
      ["child", undefined, 8],
    ]);
    // Only what users know by a tag promises anything.
    assert.deepEqual(
      report().verification?.map(({ image }) => image),
      ["app"],
    );
    assert.ok(report().timings.some(({ name, what }) => name === "app" && what === "create"));
  });

  it("of a preview are built to be measured, under no tag, and removed", async () => {
    const before = await imageIds();
    project.write("app/b.txt", "1234567");
    preview();
    assert.deepEqual(sizes(), [
      ["app", 5, 12],
      ["child", 8, 15],
    ]);
    const [app] = report().images;
    assert.deepEqual(app?.files, [{ path: "b.txt", kind: "add" }]);
    assert.equal(app?.after?.reference, undefined);
    assert.ok(report().timings.some(({ what }) => what === "built for this report"));
    assert.deepEqual(await imageIds(), before);
  });

  it("are not built with --no-build, and said to be not", () => {
    preview("--no-build");
    assert.deepEqual(
      report().images.map(({ notBuilt }) => notBuilt),
      ["not built: --no-build", "not built: --no-build"],
    );
    assert.deepEqual(sizes(), [
      ["app", 5, undefined],
      ["child", 8, undefined],
    ]);
  });

  it("that do not build are told with the error, and so is what is on top of them", async () => {
    const before = await imageIds();
    project.write("app/Dockerfile", "FROM scratch\nCOPY missing.txt /\n");
    preview();
    const [app, child] = report().images.map(({ notBuilt }) => notBuilt);
    assert.match(app ?? "", /^not built: .*missing.txt/);
    assert.equal(child, "not built: what it is built on (APP) was not built");
    assert.deepEqual(await imageIds(), before);
  });

  it("that are built on what the engine has not are not looked for in a registry", () => {
    const absent = `${project.namespace}/absent:latest`;
    project.write("index.ts", program(project.namespace, registry.address).replace("app.contentTag", `"${absent}"`));
    preview();
    const child = report().images.find(({ name }) => name === "child");
    assert.equal(child?.notBuilt, `not built: ${absent} (APP) is not on the engine`);
  });
});

const program = (namespace: string, registry: string) => `
import { resolveDockerHost } from "./docker/host";
import { Image, Provider } from "./components/resources";
const provider = new Provider("engine", { host: resolveDockerHost().host });
const labels = { test: "${namespace}" };
const app = new Image("app", { labels, context: "app", repository: "${namespace}/app", tags: ["${namespace}/app:latest"], push: "${registry}/${namespace}/app" }, { provider });
new Image("child", { labels, context: "child", repository: "${namespace}/child", tags: [], baseImages: { APP: app.contentTag } }, { provider });
`;
