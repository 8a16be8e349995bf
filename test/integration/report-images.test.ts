import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import type { Report } from "../../report/model";
import { copyProject, type Project } from "../support/project";

/** An image and one built on it, both of a few bytes. */
describe("cronium --report: images", () => {
  let project: Project;

  before(() => {
    project = copyProject();
    project.write("index.ts", program(project.namespace));
    project.write("Pulumi.yaml", readFileSync("Pulumi.yaml", "utf8"));
    project.write("app/Dockerfile", "FROM scratch\nCOPY *.txt status.d /\n");
    project.write("app/a.txt", "12345");
    project.write("app/status.d", "");
    project.write("child/Dockerfile", "ARG BASE\nFROM ${" + "BASE}\nCOPY c.txt /\n");
    project.write("child/c.txt", "123");
    project.succeed("up", "--yes", "--policy-pack", "", "--report", "out");
  });
  after(() => project.remove());

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

  it("of an up are measured and verified", () => {
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
    assert.equal(child, "not built: what it is built on (BASE) was not built");
    assert.deepEqual(await imageIds(), before);
  });
});

const program = (namespace: string) => `
import { resolveDockerHost } from "./docker/host";
import { Image, Provider } from "./components/resources";
const provider = new Provider("engine", { host: resolveDockerHost().host });
const labels = { test: "${namespace}" };
const app = new Image("app", { labels, context: "app", repository: "${namespace}/app", tags: ["${namespace}/app:latest"] }, { provider });
new Image("child", { labels, context: "child", repository: "${namespace}/child", tags: [], baseImages: { BASE: app.ref } }, { provider });
`;
