import assert from "node:assert/strict";
import { withPackagesAsOf } from "../../cli/outdated/as-of";
import { type Last, mention, stillTrue } from "../../cli/outdated/last";
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

  const MOMENT = "2026-03-31T08:00:00Z";
  const LINE = `cronium:packagesAsOf: "${MOMENT}"\n`;
  const SALT = "encryptionsalt: v1:abc=:v1:def\n";
  const files: Record<string, [before: string, after: string]> = {
    "no line": ["", `config:\n  ${LINE}`],
    "a comment": ["# Empty.\n", `# Empty.\nconfig:\n  ${LINE}`],
    "no config": [SALT, `${SALT}config:\n  ${LINE}`],
    "an empty config": [`config: # none\n${SALT}`, `config: # none\n  ${LINE}${SALT}`],
    "other settings": [
      `# Why.\nconfig:\n    a:b:   'c' # odd\n    # last\n    cronium:strip: false # why\n\n# end\n${SALT}`,
      `# Why.\nconfig:\n    a:b:   'c' # odd\n    # last\n    cronium:strip: false # why\n    ${LINE}\n# end\n${SALT}`,
    ],
    "no end of the last line": ["config:\n  a:b: c", `config:\n  a:b: c\n  ${LINE}`],
    "a map at its end": [
      `config:\n  a:b:\n    c: d\n    e: [f, # g\n      h]\n${SALT}`,
      `config:\n  a:b:\n    c: d\n    e: [f, # g\n      h]\n  ${LINE}${SALT}`,
    ],
    "a text at its end": [
      `config:\n  a:b: |\n    c\n    d\n${SALT}`,
      `config:\n  a:b: |\n    c\n    d\n  ${LINE}${SALT}`,
    ],
    "a name without a value at its end": ["config:\n  a:b:\n", `config:\n  a:b:\n  ${LINE}`],
    "an earlier moment": [
      "config:\n  cronium:packagesAsOf:   '2026-01-01' # new year\n  a:b: c\n",
      `config:\n  cronium:packagesAsOf:   "${MOMENT}" # new year\n  a:b: c\n`,
    ],
    "no moment yet": [
      "config:\n  cronium:packagesAsOf:\n  a:b: c\n",
      `config:\n  cronium:packagesAsOf: "${MOMENT}"\n  a:b: c\n`,
    ],
    "a config on one line": ["config: { a:b: c }\n", `config: { a:b: c, ${LINE.trim()} }\n`],
    "a file on one line": ["{}\n", `{ config: { ${LINE.trim()} } }\n`],
  };
  for (const [what, [before, after]] of Object.entries(files)) {
    it(`writes the moment into settings that have ${what}`, () => {
      assert.equal(withPackagesAsOf(before, MOMENT), after);
      assert.equal(withPackagesAsOf(after, MOMENT), after);
    });
  }

  it("has previews mention what it found last, of images that the stack still has", () => {
    const newer = (name: string, security: boolean) => ({ name, installed: "1", offered: "2", security });
    const last: Last = {
      time: MOMENT,
      images: {
        base: { reference: "base:1", newer: [newer("libc6", true)] },
        bash: { reference: "bash:1", newer: [newer("libc6", true), newer("jq", false)] },
        valkey: { reference: "valkey:1", newer: [] },
      },
    };
    const references = { base: "base:1", bash: "bash:1", valkey: "valkey:1" };
    const all = stillTrue(last, references);
    assert.deepEqual(
      all?.packages.map(({ image, name }) => `${image} ${name}`),
      ["base libc6", "bash libc6", "bash jq"],
    );
    assert.equal(
      all && mention("dev", all),
      "for information: the archive had newer versions of 2 packages in base, bash at 2026-03-31T08:00:00Z, 1 security fix " +
        "among them: ./cronium outdated --stack dev lists them",
    );
    const rest = stillTrue(last, { ...references, base: "base:2" });
    assert.match(rest ? mention("dev", rest) : "", /of 2 packages in bash at .*, 1 security fix among/);
    assert.equal(stillTrue(last, { valkey: "valkey:1" }), undefined);
    assert.equal(stillTrue(last, {}), undefined);
  });
});
