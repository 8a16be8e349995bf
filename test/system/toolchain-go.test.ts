import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { executable } from "../../cli/executable";
import { toolsFolder } from "../../cli/paths";
import { root } from "../support/project";

/** The Go code's own tests, vet and tidiness, with the machine's Go or the one that cronium fetched. */
describe("toolchain: Go modules", () => {
  const path = [process.env.PATH ?? "", toolsFolder()].join(delimiter);

  function go(module: string, ...args: string[]): void {
    const { status, stdout, stderr } = spawnSync("go", args, {
      cwd: join(root, "toolchain", module),
      env: { ...process.env, PATH: path, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" },
      encoding: "utf8",
    });
    assert.equal(status, 0, `go ${args.join(" ")} in toolchain/${module}\n${stdout}${stderr}`);
  }

  before(() => {
    if (executable("go", path) !== undefined) return;
    const { status } = spawnSync(join(root, "toolchain", "fetch"), ["go"], { stdio: ["ignore", 2, 2] });
    assert.equal(status, 0, "Go could not be fetched");
  });

  it("passes the tests of the language host", () => go("cli", "test", "./..."));

  it("vets the language host", () => go("cli", "vet", "./..."));

  for (const module of ["cli", "plugins"]) {
    it(`has sums for all that ${module} is made of, and for nothing else`, () => go(module, "mod", "tidy", "-diff"));
  }
});
