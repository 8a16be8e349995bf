import assert from "node:assert/strict";
import { parseLine } from "../../cli/line";

describe("cli: a Pulumi command line", () => {
  const cases: [line: string, wanted: Partial<ReturnType<typeof parseLine>>][] = [
    ["up", { words: ["up"], stack: undefined, install: true, help: false }],
    ["update --yes", { words: ["up"] }],
    ["pre", { words: ["preview"] }],
    ["down", { words: ["destroy"] }],
    ["up --stack staging", { stack: "staging" }],
    ["up --stack=org/cronium/staging", { stack: "org/cronium/staging" }],
    ["up -s staging", { stack: "staging" }],
    ["up -sstaging", { stack: "staging" }],
    ["up -ys staging", { stack: "staging", words: ["up"] }],
    ["-C /tmp --color never preview", { cwd: "/tmp", words: ["preview"] }],
    ["stack -s x output imageRefs", { stack: "x", words: ["stack", "output", "imageRefs"] }],
    ["stack init new", { words: ["stack", "init", "new"] }],
    ["config --path set a.b c", { words: ["config", "set", "a.b", "c"] }],
    ["config set key -- --no-install", { words: ["config", "set", "key", "--no-install"], install: true }],
    ["up -c a=b -m message", { setsConfig: true, words: ["up"] }],
    ["up --policy-pack policy", { namesPolicies: true, words: ["up"] }],
    ["up --policy-pack-config f.json", { namesPolicies: false, words: ["up"] }],
    ["up --config-file f.yaml", { configFile: "f.yaml" }],
    ["up --no-install", { install: false, args: ["up"] }],
    ["up --help", { help: true }],
    ["help up", { help: true }],
    ["up -t urn -r", { words: ["up"] }],
    ["preview --non-interactive", { nonInteractive: true }],
  ];
  for (const [line, wanted] of cases) {
    it(line, () => {
      const parsed = parseLine(line.split(" "));
      for (const [key, value] of Object.entries(wanted))
        assert.deepEqual(parsed[key as keyof typeof parsed], value, key);
    });
  }

  it("passes everything on that is not cronium's", () => {
    const args = ["up", "--yes", "-s", "dev", "--", "--stack", "x"];
    const line = parseLine(args);
    assert.deepEqual(line.args, args);
    assert.equal(line.stack, "dev");
  });
});
