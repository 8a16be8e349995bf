import assert from "node:assert/strict";
import { once } from "node:events";
import { eventually } from "../support/engine";
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
    await eventually(line, async () => child.exitCode !== null || (await ours()).includes(line), 120_000);
    assert.equal(child.exitCode, null, "it ended before it could be killed");
    child.kill("SIGKILL");
    await closed;
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
        await upKilledAt(moment);
        const { stdout, stderr } = project.succeed("up", "--yes", "--skip-preview");
        assert.doesNotMatch(stdout + stderr, /warning/);
        assert.match(stderr, /^cronium: removed the lock of process \d+, which was killed\n/);
        project.succeed("preview", "--refresh", "--expect-no-changes");
      });
    });
  }

  it("leaves nothing that destroy does not remove", async () => {
    project = copyProject();
    await upKilledAt("the sidecar, not yet healthy");
    project.remove();
    assert.deepEqual(await ours(), []);
  });
});
