import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { isRunning } from "../../cli/is-running";
import { eventually } from "../support/engine";

describe("cli: whether a process runs", () => {
  it("is true of one that does, also somebody else's", () => {
    assert.equal(isRunning(process.pid), true);
    assert.equal(isRunning(1), true);
  });

  it("is false of one that ended, and of one that ended and that its parent does not ask after", async () => {
    const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
      await eventually("the child is a zombie", () => !isRunning(Number(line)));
      assert.doesNotThrow(() => process.kill(Number(line), 0), "it still has its number");
    } finally {
      parent.kill("SIGKILL");
      await once(parent, "close");
    }
    assert.equal(isRunning(parent.pid as number), false);
  });
});
