import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clock, progressLine, totalTime } from "../../cli/progress";
import { moduleFiles, toolchainFolder } from "../../cli/toolchain";
import { isNewEnough, readVersions } from "../../cli/versions";

const root = process.cwd();

describe("toolchain", () => {
  it("takes a Pulumi of the same major version that is not older", () => {
    for (const version of ["v3.259.0", "3.259.0", "v3.259.1", "v3.300.0", "v3.259.0-alpha.1"]) {
      assert.ok(isNewEnough(version, "3.259.0"), version);
    }
    for (const version of ["v3.258.9", "v2.300.0", "v4.0.0", "", "nonsense"]) {
      assert.ok(!isNewEnough(version, "3.259.0"), version);
    }
  });

  it("takes a Go that go.mod asks for", () => {
    assert.ok(isNewEnough("1.26", "1.25.11"));
    assert.ok(isNewEnough("1.26rc1", "1.25.11"));
    assert.ok(!isNewEnough("1.19.8", "1.25.11"));
  });

  it("pins one version of everything: package.json, go.mod and the plugins agree", () => {
    const { pulumi, plugins } = readVersions(root);
    for (const module of ["cli", "plugins"]) {
      const pins = readFileSync(join(root, "toolchain", module, "go.mod"), "utf8");
      assert.match(pins, new RegExp(`github.com/pulumi/pulumi/pkg/v3 v${pulumi}\\b`));
      assert.match(pins, new RegExp(`github.com/pulumi/pulumi/sdk/v3 v${pulumi}\\b`));
    }
    assert.deepEqual(
      plugins.map(({ name }) => name),
      ["docker", "random"],
    );
    for (const { name, version } of plugins) {
      const main = readFileSync(join(root, "toolchain", "plugins", `pulumi-resource-${name}`, "main.go"), "utf8");
      assert.match(main, new RegExp(`const version = "${version}"`));
    }
  });

  it("refuses a version that is a range, naming it", () => {
    const folder = mkdtempSync(join(tmpdir(), "cronium-versions-"));
    try {
      writeFileSync(join(folder, "package.json"), '{ "dependencies": { "@pulumi/pulumi": "^3.259.0" } }');
      assert.throws(() => readVersions(folder), /@pulumi\/docker|@pulumi\/pulumi.*\^3\.259\.0.*exact/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe("the built one's folder", () => {
    let copy: string;
    const versions = readVersions(root);
    const folder = () => toolchainFolder(copy, versions, "/cache");

    beforeEach(() => {
      copy = mkdtempSync(join(tmpdir(), "cronium-key-"));
      cpSync(join(root, "toolchain"), join(copy, "toolchain"), { recursive: true });
    });

    afterEach(() => rmSync(copy, { recursive: true }));

    it("depends on the modules' content, not on the place, times or tests", () => {
      const original = toolchainFolder(root, versions, "/cache");
      assert.match(original, /^\/cache\/toolchain\/[0-9a-f]{16}$/);
      for (const file of moduleFiles(join(copy, "toolchain"))) utimesSync(join(copy, "toolchain", file), 1, 1);
      writeFileSync(join(copy, "toolchain", "cli", "pulumi-language-nodejs", "more_test.go"), "package main\n");
      writeFileSync(join(copy, "toolchain", "README.md"), "other\n");
      assert.equal(folder(), original);
    });

    it("changes with each of the files and versions", () => {
      const seen = new Set([folder()]);
      const files = moduleFiles(join(copy, "toolchain"));
      assert.ok(files.includes("cli/go.sum") && files.includes("plugins/shim/docker/shim.go"), files.join(" "));
      for (const file of files) {
        writeFileSync(join(copy, "toolchain", file), "\n", { flag: "a" });
        seen.add(folder());
      }
      assert.equal(seen.size, files.length + 1);
      assert.notEqual(toolchainFolder(copy, { ...versions, pulumi: "3.260.0" }, "/cache"), folder());
    });
  });
});

describe("progress", () => {
  it("says what, how far and how long", () => {
    assert.equal(
      progressLine("building", 0.425, "3 of 7 packages", 151, 360),
      "cronium: building: 42 % (3 of 7 packages), 2:31 of about 5:58",
    );
    assert.equal(progressLine("waiting", 0, "", 5, 60), "cronium: waiting: 0 %, 0:05 of about 1:00");
    assert.equal(clock(3599.6), "60:00");
  });

  it("trusts what it measures ever more, and never names a time that is over", () => {
    assert.equal(totalTime(0, 10, 300), 300);
    assert.equal(totalTime(1, 400, 300), 400);
    assert.equal(totalTime(0, 500, 300), 500);
    assert.ok(totalTime(0.5, 300, 300) > 300);
  });
});
