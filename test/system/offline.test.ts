import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { root } from "../support/project";

/** On the dev stack, which is up: the engine is a socket away, and everything else is there already. Needs root. */
describe("a machine whose network is cut", () => {
  const cronium = (...args: string[]) =>
    spawnSync("unshare", ["--net", "sh", "-c", 'ip link set lo up && exec ./cronium "$@"', "cronium", ...args], {
      cwd: root,
      encoding: "utf8",
      input: "print(cronium.input())",
    });

  it("has an up that succeeds, with no word of cronium's own", () => {
    const { status, stdout, stderr } = cronium("up");
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stderr, "");
    assert.doesNotMatch(stdout, /warning|cronium: /);
  });

  it("runs jobs", () => {
    const { status, stdout, stderr } = cronium("run", "python", "-", "--input", "42");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^42\n/);
  });
});
