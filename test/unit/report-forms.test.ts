import assert from "node:assert/strict";
import type { Log } from "sarif";
import { locate } from "../../report/locate";
import { page } from "../../report/page";
import { sarif } from "../../report/sarif";
import { STYLE } from "../../report/style";
import { bytes, difference } from "../../report/text";
import { RECORDED, recorded } from "../support/reports";

const SOURCES = new Map([
  ["app/Dockerfile", "FROM scratch AS tools\nCOPY a /\nFROM scratch\nCOPY --from=tools /a /\n"],
  [
    "index.ts",
    'new docker.Network("jobs");\nnew docker.Container("service-secret", {});\nnew docker.Container(`$' +
      "{prefix}service`, {});\n",
  ],
]);

describe("report: policy.sarif", () => {
  const log = JSON.parse(sarif(recorded("violated-preview", { sources: SOURCES }), "1.2.3")) as Log;
  const [run] = log.runs;

  it("has a rule and a result for each violation, at its place", () => {
    const { violations } = recorded("violated-preview").policies;
    assert.equal(run?.results?.length, violations.length);
    for (const { ruleId, ruleIndex = -1 } of run?.results ?? [])
      assert.equal(run?.tool.driver.rules?.[ruleIndex]?.id, ruleId);
    const privileged = run?.results?.find(({ ruleId }) => ruleId === "container-not-privileged");
    assert.equal(privileged?.level, "error");
    assert.match(privileged?.message.text ?? "", /^service: privileged is true: leave privileged out/);
    const place = privileged?.locations?.[0]?.physicalLocation;
    assert.deepEqual([place?.artifactLocation?.uri, place?.region?.startLine], ["index.ts", 3]);
    const user = run?.results?.find(
      ({ ruleId, message }) => ruleId === "image-user" && message.text?.startsWith("app"),
    );
    assert.equal(user?.locations?.[0]?.physicalLocation?.artifactLocation?.uri, "app/Dockerfile");
    assert.equal(user?.locations?.[0]?.physicalLocation?.region?.startLine, 3);
  });

  it("is there, and empty, when nothing is violated", () => {
    const empty = JSON.parse(sarif(recorded("same-preview"), "1.2.3")) as Log;
    assert.deepEqual(empty.runs[0]?.results, []);
    assert.equal(empty.runs[0]?.invocations?.[0]?.executionSuccessful, true);
  });

  it("finds the place by the name that fits best", () => {
    const at = (name: string) => locate({ type: "docker:index/container:Container", name, inputs: {} }, SOURCES)?.line;
    assert.deepEqual([at("service-secret"), at("my-service")], [2, 3]);
    assert.equal(locate({ type: "docker:index/volume:Volume", name: "x", inputs: {} }, SOURCES), undefined);
  });
});

describe("report: report.html", () => {
  const pages = RECORDED.map((name) => page(recorded(name)));

  it("reaches for no network and runs no script", () => {
    for (const html of pages) {
      assert.match(html, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
      assert.doesNotMatch(html, /<(script|link|img|iframe)\b|\bsrc=|@import|url\(|\bon\w+=/i);
      assert.deepEqual(html.match(/href="(?!#)[^"]*"/g), null);
    }
  });

  it("has each id once, and each label that is referred to", () => {
    for (const html of pages) {
      const ids = [...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
      assert.deepEqual(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        [],
      );
      const referred = [...html.matchAll(/(?:aria-labelledby="|href="#)([^"]+)"/g)].flatMap(([, list = ""]) =>
        list.split(" "),
      );
      for (const id of referred) assert.ok(ids.includes(id), id);
    }
  });

  it("takes nothing that comes from elsewhere for markup", () => {
    const evil = `x"><script>alert(1)</script><img src=x onerror='y'>\u202e`;
    const report = structuredClone(recorded("violated-preview"));
    Object.assign(report, {
      stack: evil,
      project: evil,
      problems: [{ severity: "error", resource: evil, message: evil }],
      newer: { time: evil, packages: [{ image: evil, name: evil, installed: evil, offered: evil, security: true }] },
    });
    for (const one of report.changes) Object.assign(one, { name: evil, type: evil });
    for (const one of report.changes.flatMap(({ properties }) => properties)) Object.assign(one, { path: evil });
    for (const one of report.policies.violations)
      Object.assign(one, { policy: evil, pack: evil, message: evil, rule: evil });
    for (const one of report.images) {
      const measured = {
        sizeBytes: 1,
        layers: [{ digest: evil, sizeBytes: 1 }],
        packages: [{ type: evil, name: evil, version: evil, sizeBytes: 1 }],
      };
      Object.assign(one, {
        name: evil,
        op: "update",
        before: measured,
        after: { ...measured, packages: [] },
        packages: [{ kind: "added", type: evil, name: evil, after: evil }],
      });
    }
    report.verification = [
      {
        image: evil,
        passed: 1,
        notApplicable: 0,
        failed: [{ check: evil, proves: evil, source: evil, evidence: [evil] }],
      },
    ];
    const html = page(report);
    assert.doesNotMatch(html, /<(script|img)|onerror='|\u202e/);
    assert.ok(html.includes("x&#34;&#62;&#60;script&#62;"));
  });

  it("has texts that can be read on their grounds, in both schemes", () => {
    const schemes = [...STYLE.matchAll(/--ground:[^}]*/g)].map(([text]) =>
      Object.fromEntries([...text.matchAll(/--(\w+): (#\w+)/g)].map(([, name, hex]) => [name, hex as string])),
    );
    assert.equal(schemes.length, 2);
    for (const colours of schemes) {
      for (const text of ["text", "faint", "link", "good", "bad", "warn"]) {
        for (const ground of ["ground", "raised"]) {
          const ratio = contrast(colours[text] as string, colours[ground] as string);
          assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
        }
      }
      for (const shape of ["same", "gone", "new"])
        assert.ok(contrast(colours[shape] as string, colours.ground as string) >= 3, shape);
    }
  });
});

describe("report: sizes", () => {
  it("are told as people read them", () => {
    assert.deepEqual([0, 999, 1000, 32_412_345, 119_000_000, 2_500_000_000].map(bytes), [
      "0 B",
      "999 B",
      "1.00 kB",
      "32.4 MB",
      "119 MB",
      "2.50 GB",
    ]);
    assert.deepEqual(
      [difference(100, 100), difference(100, 132), difference(200_000, 100_000), difference(0, 5)],
      ["±0", "+32 B (+32 %)", "−100 kB (−50 %)", "+5 B"],
    );
  });
});

/** The contrast ratio of two colours (WCAG 2.2). */
function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const full = hex.length === 4 ? hex.replace(/[^#]/g, "$&$&") : hex;
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(full.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
