import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { callsOf, HEADS, withHeads } from "../support/helper-pages";

describe("the pages of the helpers", () => {
  for (const [path, heads] of Object.entries(HEADS)) {
    it(`${path}: says of every call what the source says, and shows an example`, () => {
      const page = readFileSync(path, "utf8");
      assert.deepEqual(callsOf(page).sort(), [...heads().keys()].sort());
      assert.equal(page, withHeads(page, heads()), "node --import ./register.mjs test/support/write-helper-pages.ts");
      const examples = page.match(/^### \w+[^#]*?^```(bash|python|js)$/gm) ?? [];
      assert.equal(examples.length, heads().size);
    });
  }
});
