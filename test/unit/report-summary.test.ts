import assert from "node:assert/strict";
import { page } from "../../report/page";
import { summary } from "../../report/summary";
import { code, pre } from "../../report/text";
import { RECORDED, recorded, recordedText } from "../support/reports";

describe("report: summary.md", () => {
  for (const name of RECORDED) {
    it(`of ${name}, as a reviewer reads it`, () => assert.equal(summary(recorded(name)), recordedText(`${name}.md`)));
  }

  it("says first what matters most", () => {
    const first = (name: Parameters<typeof recorded>[0]) => summary(recorded(name)).split("\n")[0];
    assert.equal(first("same-preview"), "### <code>dev</code>: no changes");
    assert.equal(first("failed-up"), "### <code>dev</code>: up failed part-way");
    assert.match(first("violated-preview") as string, /blocked by policy: \d+ mandatory violations$/);
    assert.match(summary(recorded("replace-preview")), /Data is lost with 1 volume: <code>data<\/code> \(delete\)/);
  });

  it("shows no secret, changed or not", () => {
    for (const name of RECORDED) assert.doesNotMatch(summary(recorded(name)), /hunter/);
    assert.match(summary(recorded("secret-preview")), /envs\[1\]: \[secret\], changed/);
  });

  it("keeps under a limit, the least important cut first and said to be", () => {
    const report = recorded("violated-preview");
    const many = Array.from({ length: 3000 }, (_, i) => ({ ...report.changes[0], name: `resource-${i}` }));
    const long = { ...report, changes: many } as typeof report;
    const text = summary(long);
    assert.ok(text.length <= 65_536, String(text.length));
    assert.ok(text.length > 60_000, "no more is cut than has to be");
    for (const part of [/image-user/, /\d+ of 12000 lines of “Properties” are/, /\d+ of 3000 lines of “Changes” are/]) {
      assert.ok(part.test(text), String(part));
    }
    assert.ok(!text.includes("<summary>Policy advice"));
    for (const limit of [2000, 500]) assert.ok(summary(long, limit).length <= limit);
  });

  it("says why a resource is replaced of which nothing changes", () => {
    const report = recorded("replace-preview");
    const changes = report.changes.map((change) => ({ ...change, op: "replace" as const, properties: [] }));
    assert.match(
      summary({ ...report, changes }),
      /^\| \+- replace \| .* \| <code>what it uses is replaced<\/code> \|$/m,
    );
  });

  it("makes nothing that comes from elsewhere into markup", () => {
    const evil =
      "</code></pre><script>x</script> **b** | [a](http://e) ![i](u) @me #1 `c` www.e.example ~~s~~ $x$\n# h\u202e";
    const text = code(evil);
    assert.doesNotMatch(text, /[`*|[\]@!~$_\n\u202e]|:\/\/|www\./);
    assert.equal(text.match(/<[^>]*>/g)?.join(""), "<code></code>");
    assert.match(text, /&#92;u202e/);
    assert.equal(
      pre(evil)
        .match(/<[^>]*>/g)
        ?.join(""),
      "<pre></pre>",
    );
  });

  it("lists what the archive has newer, apart from the changes", () => {
    const newer = { image: "bash", name: "jq", installed: "1.7-1", offered: "1.7-2", security: true };
    const report = { ...recorded("same-preview"), newer: { time: "2026-03-31T08:00:00Z", packages: [newer] } };
    const text = summary(report);
    const row = "<code>bash</code> | security fix | <code>jq</code> | <code>1.7-1</code> | <code>1.7-2</code>";
    assert.ok(text.includes(`| ${row} |\n`), text);
    assert.equal(text.split("\n")[0], summary(recorded("same-preview")).split("\n")[0]);
    assert.match(page(report), /<h2 id="newer">.*1\.7-2/s);
  });

  it("makes nothing of hostile names, values and messages into markup", () => {
    const evil = "x</pre><img src=x> | @team\n\n# h";
    const report = structuredClone(recorded("violated-preview"));
    for (const change of report.changes) Object.assign(change, { name: evil, type: evil });
    for (const property of report.changes.flatMap(({ properties }) => properties)) {
      Object.assign(property, { path: evil, before: { is: "value", text: evil }, after: { is: "value", text: evil } });
    }
    for (const violation of report.policies.violations) {
      Object.assign(violation, { policy: evil, message: evil, rule: evil, resource: evil, severity: evil });
    }
    report.stack = evil;
    report.problems = [{ severity: "error", resource: evil, message: evil }];
    report.newer = {
      time: evil,
      packages: [{ image: evil, name: evil, installed: evil, offered: evil, security: true }],
    };
    const text = summary(report);
    const tags = new Set(text.match(/<[^>]*>/g));
    assert.deepEqual(
      [...tags].filter((tag) => !/^<\/?(code|pre|details|summary|br)>$/.test(tag)),
      [],
    );
    // A mention counts outside of code alone.
    assert.doesNotMatch(text.replace(/<(code|pre)>[\s\S]*?<\/\1>/g, ""), /@team|^# h/m);
  });
});
