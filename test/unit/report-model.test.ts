import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020";
import { parseEvents } from "../../report/events";
import { comparePackages } from "../../report/images";
import { reportSchema } from "../../report/model";
import { reportOf } from "../../report/report";
import { summary } from "../../report/summary";
import { keysOf, toValue, valueAt } from "../../report/value";
import { RECORDED, recorded, recordedText } from "../support/reports";

describe("report: report.json", () => {
  it("is valid against its schema, for every recorded log", () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(reportSchema());
    for (const name of RECORDED) {
      assert.ok(validate(JSON.parse(JSON.stringify(recorded(name)))), `${name}: ${JSON.stringify(validate.errors)}`);
    }
  });

  it("has its schema in the tree, for those who read reports", () => {
    assert.deepEqual(JSON.parse(readFileSync("report/report.schema.json", "utf8")), reportSchema());
  });

  it("says how each run ended", () => {
    const ends = RECORDED.map((name) => [name, recorded(name).outcome, recorded(name).applied] as const);
    assert.deepEqual(ends, [
      ["create-preview", "changed", false],
      ["same-preview", "unchanged", false],
      ["image-preview", "changed", false],
      ["image-up", "changed", true],
      ["replace-preview", "changed", false],
      ["secret-preview", "changed", false],
      ["injection-preview", "changed", false],
      ["failed-preview", "failed", false],
      ["failed-up", "failed", true],
      ["violated-preview", "blocked", false],
      ["interrupted-preview", "interrupted", false],
    ]);
  });

  it("of an up that was declined is that of its preview, not applied", () => {
    const { applied, outcome } = recorded("image-preview", { operation: "up", status: 255 });
    assert.deepEqual({ applied, outcome }, { applied: false, outcome: "changed" });
  });

  it("of a Pulumi that never started holds the error alone", () => {
    const { outcome, changes, problems } = recorded("same-preview", { error: "no Docker engine answers", status: 1 });
    assert.equal(outcome, "failed");
    assert.deepEqual(changes, []);
    assert.deepEqual(problems, [{ severity: "error", message: "no Docker engine answers" }]);
  });

  it("counts the files of a new image's context, however many there are", () => {
    const many = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`src/${i}.ts`, `-:${"0".repeat(64)}`]));
    const log = recordedText("create-preview.jsonl").replaceAll(
      /"files":\{[^}]*\}/g,
      `"files":${JSON.stringify(many)}`,
    );
    const report = recorded("create-preview", {}, log);
    const files = report.changes.flatMap(({ properties }) => properties.filter(({ path }) => path === "files"));
    assert.deepEqual(files[0]?.after, { is: "value", text: "90 files" });
    assert.match(summary(report), /\+ files: 90 files/);
  });

  it("of a killed Pulumi holds what was known by then", () => {
    const whole = recordedText("image-preview.jsonl");
    const cut = parseEvents(whole.slice(0, whole.length / 2));
    assert.ok(cut.length > 0);
    assert.throws(() => parseEvents(`{"timestamp":1}\n{"time\n${whole}`), /line 2 of Pulumi's event log is no JSON/);
    assert.throws(() => parseEvents('{"timestamp":"now"}'), /line 1 .*timestamp/s);
  });

  it("tells a change from what it follows from", () => {
    const { changes } = recorded("image-preview");
    const follows = changes.map(({ name, op, properties }) => [
      name,
      op,
      properties.map(({ path, follows: from }) => [path, from]),
    ]);
    assert.deepEqual(follows, [
      [
        "app",
        "update",
        [
          ["files.Dockerfile", undefined],
          ['files["notes.txt"]', undefined],
          ['files["tool.sh"]', undefined],
        ],
      ],
      ["child", "update", [["baseImages.BASE", "app"]]],
      ["service", "replace", [["image", "app"]]],
    ]);
  });

  it("has sizes and layers before and after of an up, and none for what a preview does not build", () => {
    const [app] = recorded("image-up").images;
    assert.deepEqual([app?.before?.sizeBytes, app?.after?.sizeBytes, app?.after?.layers.length], [19, 32, 1]);
    const [planned] = recorded("image-preview").images;
    assert.deepEqual([planned?.before?.sizeBytes, planned?.after], [19, undefined]);
    assert.match(planned?.notBuilt ?? "", /^not built/);
    const [failed] = recorded("failed-up").images;
    assert.deepEqual(
      [failed?.before?.sizeBytes, failed?.after, failed?.notBuilt],
      [32, undefined, "not built: the build failed"],
    );
  });

  it("holds no secret and no setting", () => {
    for (const name of RECORDED) assert.doesNotMatch(JSON.stringify(recorded(name)), /hunter|sample:password/);
  });

  it("orders violations by how serious they are, each once", () => {
    const { violations, passed } = recorded("violated-preview").policies;
    const levels = violations.map(({ level }) => level);
    assert.deepEqual(levels, [...levels].sort().reverse());
    assert.equal(violations[0]?.policy, "container-not-privileged");
    assert.equal(new Set(violations.map((one) => JSON.stringify(one))).size, violations.length);
    assert.ok(passed > 30, String(passed));
  });

  it("sets rules aside that up checks", () => {
    const message =
      "can't run policy 'size' from policy pack 'p@v0.1.0' during preview: app.tags is not known yet; checked at up";
    const event = {
      timestamp: 1,
      policyEvent: { message, policyName: "size", policyPackName: "p", enforcementLevel: "advisory" },
    };
    const lines = `${recordedText("same-preview.jsonl")}${JSON.stringify(event)}\n`;
    const began = new Date(0);
    const run = { operation: "preview", project: "p", stack: "s", status: 0, began, ended: began } as const;
    const { violations, deferred } = reportOf(parseEvents(lines), run).policies;
    assert.deepEqual(violations, []);
    assert.deepEqual(deferred, [{ policy: "size", pack: "p", message: "app.tags is not known yet; checked at up" }]);
  });
});

describe("report: values of events", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "[secret]" };
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

  it("name secrets, also with --show-secrets' plain text in them, and what is in them", () => {
    assert.deepEqual(toValue({ ...secret, plaintext: '"hunter2"' }), { is: "secret" });
    assert.deepEqual(valueAt({ envs: secret }, "envs[1]"), { is: "secret" });
    assert.deepEqual(toValue({ a: [secret], b: unknown, __defaults: [] }), {
      is: "value",
      text: '{"a":["[secret]"],"b":"[known at up]"}',
    });
  });

  it("hide who a URL is opened as", () => {
    assert.deepEqual(toValue({ url: "https://me:pass@mirror/x" }), {
      is: "value",
      text: '{"url":"https://[secret]@mirror/x"}',
    });
  });

  it("are found by Pulumi's paths", () => {
    assert.deepEqual(keysOf('files["a.b \\"c\\".txt"]'), ["files", 'a.b "c".txt']);
    assert.deepEqual(keysOf("labels[0].value"), ["labels", "0", "value"]);
    assert.deepEqual(valueAt({ labels: [{ value: 1 }] }, "labels[0].value"), { is: "value", text: "1" });
    assert.deepEqual(valueAt({ a: unknown }, "a.b"), { is: "unknown" });
    assert.deepEqual(valueAt({}, "a.b"), { is: "absent" });
    assert.match(JSON.stringify(toValue("x".repeat(9000))), /… \(9000 characters\)/);
  });
});

describe("report: packages", () => {
  it("are compared by type and name", () => {
    const of = (name: string, version: string, type = "deb") => ({ type, name, version });
    const changes = comparePackages(
      [of("bash", "5.2"), of("jq", "1.7"), of("zlib", "1", "npm"), of("zlib", "1")],
      [of("bash", "5.3"), of("curl", "8.14"), of("zlib", "1", "npm"), of("zlib", "2", "npm"), of("zlib", "1")],
    );
    assert.deepEqual(changes, [
      { kind: "changed", type: "deb", name: "bash", before: "5.2", after: "5.3" },
      { kind: "added", type: "deb", name: "curl", after: "8.14" },
      { kind: "removed", type: "deb", name: "jq", before: "1.7" },
      { kind: "changed", type: "npm", name: "zlib", before: "1", after: "1, 2" },
    ]);
  });
});
