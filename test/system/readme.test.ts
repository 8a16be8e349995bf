import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { findPulumi, type Toolchain } from "../../cli/toolchain";
import { copyProject, root } from "../support/project";
import { blocks, shell } from "../support/readme";

const gate = readFileSync(".ci/run", "utf8");

/** How the commands under a heading of the README are run; a heading with commands that is not here fails. */
const runners: Record<string, (code: string) => void | Promise<void>> = {
  Start: (code) => {
    if (code.startsWith("npm ci")) return plainPulumi(code);
    assertInGate(code);
  },
  "Run a script": (code) => assert.match(sh(code, root), /"double":82/),
  Environments: () =>
    assert.ok(readFileSync("test/system/day.test.ts", "utf8").includes('blocksUnder("Environments")')),
  "Newer packages": () =>
    assert.ok(readFileSync("test/system/packages-as-of.test.ts", "utf8").includes('blocksUnder("Newer packages")')),
  Policies: (code) => assert.match(sh(`eval "$(./cronium shell-env)"\n${code}`, root), /✅ docker-hardening@/),
  "Reports and pull requests": (code) =>
    void sh(code, root, {}, (folder) =>
      assert.match(readFileSync(join(folder, "out", "summary.md"), "utf8"), /^### <code>dev<\/code>: /),
    ),
  Outputs: (code) => assert.match(sh(code, root), /^.*"?bash"?.*[A-Za-z0-9]{64}\s*$/s),
  "State, backup, removal": (code) => {
    if (code.includes("destroy")) return assertInGate(code);
    sh(code, root, {}, (folder) => {
      const files = execFileSync("tar", ["-tf", join(folder, "runtime-api-data.tar")]).toString();
      assert.match(files, /^data\/.*\.(db|sqlite)$/m);
    });
  },
};

describe("README.md", () => {
  for (const { heading, code } of blocks()) {
    it(`${heading}: ${code.trim().split("\n").at(-1)}`, () => {
      const run = runners[heading];
      assert.ok(run, `commands under "${heading}" are run by nothing`);
      return run(code);
    });
  }
});

/** Runs the commands where a newcomer types them, files that they make in a folder of their own. */
function sh(code: string, project: string, env: NodeJS.ProcessEnv = {}, look?: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), "cronium-readme-"));
  try {
    const stdout = shell(code, project, look || code.includes("cat >") ? folder : project, env);
    look?.(folder);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function assertInGate(code: string): void {
  for (const line of code.trim().split("\n")) assert.ok(gate.includes(`\n${line}`), `.ci/run does not run: ${line}`);
}

/** As an engineer who has Pulumi, without cronium's own `pulumi`, in a stack whose names nobody else has. */
async function plainPulumi(code: string): Promise<void> {
  const { pulumi, home } = (await findPulumi(root)) as Toolchain;
  const project = copyProject();
  try {
    rmSync(join(project.folder, "node_modules")); // a link; npm ci would empty what it leads to
    const state = join(project.state, "cronium", "pulumi");
    mkdirSync(state, { recursive: true });
    sh(code.replace("init dev", `init ${project.namespace}`), project.folder, {
      PATH: [dirname(pulumi), process.env.PATH].join(delimiter),
      ...(home && { PULUMI_HOME: home, PULUMI_IGNORE_AMBIENT_PLUGINS: "true" }),
      PULUMI_BACKEND_URL: pathToFileURL(state).href,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_CONFIRMATIONS: "true",
      PULUMI_STACK: project.namespace,
    });
    // What plain Pulumi made is what cronium would make.
    project.succeed("preview", "--expect-no-changes");
  } finally {
    project.remove();
  }
}
