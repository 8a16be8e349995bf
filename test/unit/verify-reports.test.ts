import assert from "node:assert/strict";
import type { Check, Verdict } from "../../verify/check";
import { json, sarif, table } from "../../verify/reports";
import { isGood, type Report } from "../../verify/verify";

const check = (id: string): Check => ({ id, proves: `Proves ${id}.`, source: "a rule", check: () => verdicts.good });
const verdicts: Record<"good" | "bad" | "none", Verdict> = {
  good: { status: "pass", evidence: ["12 files"] },
  bad: { status: "fail", evidence: Array.from({ length: 11 }, (_, index) => `/file${index} is bad`) },
  none: { status: "none", evidence: ["nothing is promised"] },
};
const checks = [check("first"), check("second-check"), check("third")];
const report: Report = {
  reference: "cronium/bash:latest",
  contentDigest: "sha256:1",
  sizeBytes: 1_000_000,
  results: Object.values(verdicts).map((verdict, index) => ({ check: checks[index] as Check, verdict })),
};

describe("verify: reports", () => {
  it("a table has a line for each check, more for a failure but not all, and a count", () => {
    assert.deepEqual(table(report).split("\n"), [
      "cronium/bash:latest",
      "  pass  first         12 files",
      "  FAIL  second-check  /file0 is bad",
      ...[1, 2, 3, 4, 5, 6, 7].map((index) => `                      /file${index} is bad`),
      "                      and 3 more: --json shows all",
      "  none  third         nothing is promised",
      "  1 passed, 1 failed, 1 do not apply",
      "",
    ]);
    assert.equal(isGood(report), false);
  });

  it("JSON has all evidence, what each check proves and where its rule is from", () => {
    const { images } = JSON.parse(json([report]));
    assert.deepEqual(Object.keys(images[0]), ["reference", "contentDigest", "sizeBytes", "good", "checks"]);
    assert.equal(images[0].good, false);
    assert.deepEqual(images[0].checks[1], {
      id: "second-check",
      proves: "Proves second-check.",
      source: "a rule",
      ...verdicts.bad,
    });
  });

  it("SARIF has a rule for each check and a result for each thing that is wrong", () => {
    const [run] = JSON.parse(sarif([report], checks, "1.2.3")).runs;
    assert.deepEqual([run.tool.driver.name, run.tool.driver.version], ["cronium verify", "1.2.3"]);
    assert.deepEqual(
      run.tool.driver.rules.map((rule: { id: string }) => rule.id),
      checks.map(({ id }) => id),
    );
    const kinds = run.results.map(({ kind, level, ruleIndex }: Record<string, unknown>) => [kind, level, ruleIndex]);
    assert.deepEqual(kinds, [
      ["pass", "none", 0],
      ...Array(11).fill(["fail", "error", 1]),
      ["notApplicable", "none", 2],
    ]);
    assert.equal(run.results[1].message.text, "cronium/bash:latest: /file0 is bad");
    assert.equal(run.results[1].locations[0].physicalLocation.artifactLocation.uri, "cronium/bash:latest");
  });
});
