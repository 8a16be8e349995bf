import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, importShell, machineEngine } from "../support/engine";
import { inventory } from "../support/inventory";
import { copyProject, type Project } from "../support/project";

/** What is on the engine when Pulumi is killed, which is while it makes that or what comes next. */
const MOMENTS: Record<string, (name: string) => string> = {
  "its claim": (name) => `volume ${name}-cronium-namespace`,
  "its first image": (name) => `tag ${name}/cronium/base:latest`,
  "the sidecar, not yet healthy": (name) => `container /${name}-runtime-api`,
};

describe("a command that is killed with -9", () => {
  let project: Project;
  const ours = async () => (await inventory()).filter((line) => line.includes(project.namespace));

  /** Kills the `up` when the thing is there. */
  async function upKilledAt(moment: string): Promise<void> {
    const line = MOMENTS[moment]?.(project.namespace) as string;
    const child = project.start("up", "--yes", "--skip-preview");
    const closed = once(child, "close");
    const output = () => readFileSync(join(project.state, "output"), "utf8");
    try {
      await eventually(line, async () => child.exitCode !== null || (await ours()).includes(line), 300_000);
      assert.equal(child.exitCode, null, `it ended before it could be killed:\n${output()}`);
    } finally {
      child.kill("SIGKILL");
      await closed;
    }
  }

  for (const moment of Object.keys(MOMENTS)) {
    describe(`when the engine has ${moment}`, () => {
      before(() => {
        project = copyProject();
      });
      after(async () => {
        project.remove();
        assert.deepEqual(await ours(), []);
      });

      it("does not keep the next up from ending well, without a warning", async () => {
        const settings = readFileSync(join(project.folder, `Pulumi.${project.namespace}.yaml`), "utf8");
        await upKilledAt(moment);
        const { stdout, stderr } = project.succeed("up", "--yes", "--skip-preview");
        assert.doesNotMatch(stdout + stderr, /warning/);
        assert.match(stderr, /^cronium: removed the lock of process \d+, which was killed\n/);
        project.succeed("preview", "--refresh", "--expect-no-changes");
        assert.equal(readFileSync(join(project.folder, `Pulumi.${project.namespace}.yaml`), "utf8"), settings);
      });
    });
  }

  it("leaves nothing that destroy does not remove, and takes no tag that is somebody else's", async () => {
    project = copyProject();
    const docker = await machineEngine();
    const theirs = `${project.namespace}/cronium/base:theirs`;
    await importShell(docker, theirs);
    await upKilledAt("its first image");
    project.remove();
    assert.deepEqual(await ours(), [`tag ${theirs}`]);
    await docker.getImage(theirs).remove();
  });
});
