import assert from "node:assert/strict";
import { newest, parseNewer } from "../../cli/outdated/newer";

describe("cronium outdated", () => {
  it("names a package once with its newest version, security fixes first, then by name", () => {
    const answer = [
      "zlib1g 1.0-1 1.0-2 trixie",
      "curl 8.1-1 8.1-2 trixie-security",
      "curl 8.1-1 8.1-3 trixie-updates",
      "bash 5.2-1 5.2-2 trixie",
      "",
    ].join("\n");
    assert.deepEqual(newest(parseNewer(answer)), [
      { name: "curl", installed: "8.1-1", offered: "8.1-3", security: true },
      { name: "bash", installed: "5.2-1", offered: "5.2-2", security: false },
      { name: "zlib1g", installed: "1.0-1", offered: "1.0-2", security: false },
    ]);
    assert.deepEqual(newest(parseNewer("")), []);
  });
});
