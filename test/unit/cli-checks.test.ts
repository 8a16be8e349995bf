import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { withAuthorities } from "../../cli/authorities";
import { isolationFindings } from "../../cli/checks/engine";
import { formatFinding } from "../../cli/checks/finding";
import { countTests, runStep } from "../../cli/checks/step";
import { version1Hierarchies } from "../../cli/install";
import { quote } from "../../cli/shell-env";

describe("cli: checks", () => {
  it("count Mocha's tests, and a run that broke off as a failure", () => {
    assert.deepEqual(countTests(["  3 passing (1s)", "  2 failing"], 2), { passed: 3, failed: 2 });
    assert.deepEqual(countTests(["  3 passing (1s)"], 0), { passed: 3, failed: 0 });
    assert.deepEqual(countTests(["  3 passing (1s)"], 1), { passed: 3, failed: 1 });
    assert.deepEqual(countTests(["  0 passing (1s)"], 0), { passed: 0, failed: 1 });
    assert.deepEqual(countTests(["Error: no test files found"], 1), { passed: 0, failed: 1 });
  });

  it("show what a command prints if that is its purpose, or if it fails", async () => {
    const run = async (code: string, shown?: boolean) => {
      const printed: string[] = [];
      const command = [process.execPath, "-e", code] as const;
      const count = await runStep({ name: "step", command, cwd: ".", shown }, (text) => printed.push(text));
      return [printed.join(""), count];
    };
    assert.deepEqual(await run("console.log(1)"), ["ok     step\n", { passed: 1, failed: 0 }]);
    assert.deepEqual(await run("console.log(1)", true), ["    1\nok     step\n", { passed: 1, failed: 0 }]);
    const failing = "console.log(1); process.exitCode = 1";
    assert.deepEqual(await run(failing), ["    1\nFAILED step\n", { passed: 0, failed: 1 }]);
  });

  it("have pip and Node.js trust what the machine trusts, unless the caller says what they shall", () => {
    const bundle = { PIP_CERT: __filename, NODE_EXTRA_CA_CERTS: __filename };
    assert.deepEqual(withAuthorities({ SSL_CERT_FILE: __filename }), { ...bundle, SSL_CERT_FILE: __filename });
    const own = { SSL_CERT_FILE: __filename, PIP_CERT: "a", NODE_EXTRA_CA_CERTS: "b" };
    assert.deepEqual(withAuthorities(own), own);
    assert.deepEqual(withAuthorities({ SSL_CERT_FILE: "/missing" }), { SSL_CERT_FILE: "/missing" });
  });

  for (const [version, level] of Object.entries({
    "20.10.24+dfsg1": "note",
    "23.0.10": "note",
    "23.0.11": "ok",
    "24.0.9": "note",
    "25.0.4": "note",
    "25.0.5": "ok",
    "26.1.5+dfsg1": "ok",
    "29.0.0-rc.1": "ok",
  })) {
    it(`say of engine ${version} whether its internal networks leak names: ${level}`, () => {
      assert.equal(isolationFindings(version)[0]?.level, level);
    });
  }

  it("print one line each, with a remedy where one is needed", () => {
    const found = { thing: "Pulumi", found: "none" };
    assert.equal(formatFinding({ level: "ok", ...found }), "ok    Pulumi           none");
    assert.equal(formatFinding({ level: "BAD", ...found, mend: "get it" }), "BAD   Pulumi           none -> get it");
  });

  it("find the version 1 control groups that the kernel uses", () => {
    const row = (name: string, hierarchy: number, enabled = 1) => `${name}\t${hierarchy}\t1\t${enabled}`;
    const table = ["#subsys_name\thierarchy\tnum_cgroups\tenabled", row("cpu", 1), row("cpuacct", 1), row("memory", 2)];
    assert.deepEqual(version1Hierarchies([...table, row("pids", 0), row("rdma", 3, 0), ""].join("\n")), [
      "cpu,cpuacct",
      "memory",
    ]);
    assert.deepEqual(version1Hierarchies([table[0], row("cpu", 0)].join("\n")), []);
  });

  it("quote words for a shell", () => {
    const text = `it's $HOME "and" \`x\` \\ \n end`;
    assert.equal(spawnSync("sh", ["-c", `printf %s ${quote(text)}`], { encoding: "utf8" }).stdout, text);
  });
});
