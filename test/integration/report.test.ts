import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Report } from "../../report/model";
import { copyProject, type Project } from "../support/project";

/** Reports of the real Pulumi, with a program that makes no images: each command takes a second or two. */
describe("cronium preview and up with --report", () => {
  let project: Project;

  before(() => {
    project = copyProject();
    project.write("index.ts", PROGRAM);
  });
  after(() => project.remove());

  const folder = () => join(project.folder, "out");
  const read = (name: string) => readFileSync(join(folder(), name), "utf8");
  const report = () => JSON.parse(read("report.json")) as Report;
  const clear = () => rmSync(folder(), { recursive: true, force: true });

  it("say what would change, in each form, and leave Pulumi's output as it is", () => {
    const { stdout, stderr } = project.succeed("preview", "--report", folder());
    assert.match(stdout, /\+ 2 to create/);
    assert.match(stderr, /the report is in .*out: summary.md, report.html, report.json, policy.sarif/);
    assert.deepEqual(
      report().changes.map(({ name, op }) => [name, op]),
      [["token", "create"]],
    );
    assert.match(read("summary.md"), /: 1 to create\n/);
    assert.match(read("report.html"), /^<!DOCTYPE html>/);
    assert.equal(JSON.parse(read("policy.sarif")).version, "2.1.0");
    assert.ok(existsSync(join(folder(), "report.schema.json")));
  });

  it("say what was changed, then that nothing changes", () => {
    project.succeed("up", "--yes", `--report=${folder()}`);
    assert.deepEqual([report().operation, report().applied, report().outcome], ["up", true, "changed"]);
    project.succeed("preview", "--report", folder(), "--expect-no-changes");
    assert.match(read("summary.md"), /: no changes\n/);
  });

  it("show no secret", () => {
    project.write("index.ts", PROGRAM.replace("hidden-1", "hidden-2"));
    project.succeed("preview", "--report", folder(), "--show-secrets");
    for (const name of ["report.json", "summary.md", "report.html", "policy.sarif"]) {
      assert.doesNotMatch(read(name), /hidden-\d/, name);
    }
    assert.match(read("summary.md"), /keepers: .*\[secret\].*, a secret in it changed/);
  });

  it("are written when the program fails, with Pulumi's status", () => {
    clear();
    project.write("index.ts", `${PROGRAM}\nthrow new Error("no such thing");\n`);
    const plain = project.cronium("preview");
    assert.equal(project.cronium("preview", "--report", folder()).status, plain.status);
    assert.equal(report().outcome, "failed");
    assert.match(read("summary.md"), /preview failed[\s\S]*Error: no such thing[\s\S]*index.ts/);
  });

  it("are written when somebody interrupts it", async () => {
    clear();
    const started = join(project.folder, "started");
    const hang = `require("node:fs").writeFileSync(${JSON.stringify(started)}, ""); setTimeout(() => undefined, 60_000);`;
    project.write("index.ts", `${PROGRAM}\n${hang}\n`);
    const child = project.start("preview", "--report", folder());
    const closed = once(child, "close") as Promise<[number | null]>;
    // Pulumi takes signals from when its program runs.
    while (!existsSync(started)) await Promise.race([delay(50), closed.then(() => assert.fail("it ended"))]);
    child.kill("SIGINT");
    const [status] = await closed;
    assert.ok(status !== 0 && status !== null, `status ${status}`);
    assert.equal(report().outcome, "interrupted");
    assert.match(read("summary.md"), /preview was interrupted/);
  });

  it("are written when Pulumi cannot even start", () => {
    clear();
    const { status, stderr } = project.cronium("preview", "--stack", "nope", "--report", folder());
    assert.equal(status, 1);
    assert.match(stderr, /there is no stack "nope"/);
    assert.match(report().problems[0]?.message ?? "", /there is no stack "nope"/);
  });

  it("are refused where there is nothing to report", () => {
    assert.match(project.cronium("destroy", "--report", folder()).stderr, /--report goes with preview and up/);
    assert.match(project.cronium("preview", "--report").stderr, /--report wants the folder/);
    assert.match(project.cronium("up", "--report", "x", "--event-log=y").stderr, /exclude each other/);
  });
});

const PROGRAM = `import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
new random.RandomPassword("token", { length: 48, keepers: { of: pulumi.secret("hidden-1") } });
`;
