import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../support/project";

/** Stands for Go: "builds" programs of a line each; with $HANG it names itself there and never ends. */
const GO = `#!/bin/sh
case $1 in
  env) echo go1.99.0 ;;
  list) printf 'a\\nb\\n' ;;
  build)
    echo "$PWD" >> "$BUILDS"
    echo a >&2
    [ -z "$HANG" ] || { echo $$ > "$HANG"; exec sleep 600; }
    [ -z "$FAIL" ] || { echo "cannot: $FAIL" >&2; exit 1; }
    while [ "$1" != -o ]; do shift; done
    mkdir -p "$2"
    for name in pulumi pulumi-language-nodejs pulumi-resource-docker pulumi-resource-random; do
      cp "$FAKE_PULUMI" "$2/$name"
    done ;;
esac
`;

/** Stands for Pulumi. */
const pulumi = (version: string, install: string) => `#!/bin/sh
[ "$1" != -C ] || shift 2
case $1 in
  plugin) ${install} ;;
  version) echo ${version} ;;
esac
`;

const INSTALLS = 'mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$5"';

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** What finds or makes Pulumi, with stand-ins for Go and Pulumi: the real build is what the rest of the tests run on. */
describe("toolchain: finding and building", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-toolchain-"));
    for (const name of ["bin", "state", "cache"]) mkdirSync(join(folder, name));
    program("go", GO);
    writeFileSync(join(folder, "pulumi"), pulumi("v3.259.0", INSTALLS), { mode: 0o755 });
    symlinkSync(process.execPath, join(folder, "bin", "node"));
    env = {
      HOME: folder,
      PATH: [join(folder, "bin"), "/usr/bin", "/bin"].join(":"),
      XDG_CACHE_HOME: join(folder, "cache"),
      XDG_STATE_HOME: join(folder, "state"),
      BUILDS: join(folder, "builds"),
      FAKE_PULUMI: join(folder, "pulumi"),
    };
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function program(name: string, text: string): void {
    writeFileSync(join(folder, "bin", name), text, { mode: 0o755 });
  }

  function start(more: NodeJS.ProcessEnv = {}, command = join(root, "cronium"), cwd = root): ChildProcess {
    return spawn(command, ["version"], { cwd, env: { ...env, ...more }, detached: true });
  }

  async function end(child: ChildProcess): Promise<Result> {
    const result: Result = { status: null, stdout: "", stderr: "" };
    child.stdout?.on("data", (data: Buffer) => {
      result.stdout += data;
    });
    child.stderr?.on("data", (data: Buffer) => {
      result.stderr += data;
    });
    [result.status] = (await once(child, "close")) as [number | null];
    return result;
  }

  const run = (more?: NodeJS.ProcessEnv) => end(start(more));

  /** How many modules were compiled. */
  const builds = () =>
    (existsSync(join(folder, "builds")) ? readFileSync(join(folder, "builds"), "utf8") : "").split("\n").length - 1;

  const toolchains = () =>
    readdirSync(join(folder, "cache", "cronium", "toolchain")).filter((name) => /^[0-9a-f]{16}/.test(name));

  it("builds once, says so, and is silent from then on", async () => {
    const first = await run();
    assert.equal(first.status, 0, first.stderr);
    assert.equal(first.stdout, "v3.259.0\n");
    assert.match(first.stderr, /once: about \d+ minutes?, [\d.]+ GB of disk .* [\d.]+ GB of memory\n/);
    assert.match(first.stderr, /building Pulumi 3\.259\.0: \d+ %/);
    assert.equal(builds(), 2);
    const [key, ...others] = toolchains();
    assert.deepEqual(others, []);
    const made = readdirSync(join(folder, "cache", "cronium", "toolchain", key as string), { recursive: true });
    assert.deepEqual(made.filter((file) => !String(file).endsWith("plugins")).sort(), [
      "bin",
      "bin/pulumi",
      "bin/pulumi-language-nodejs",
      "bin/pulumi-resource-docker",
      "bin/pulumi-resource-random",
      "home",
      "home/plugins/resource-docker-v5.2.0",
      "home/plugins/resource-random-v4.21.2",
    ]);
    assert.ok(!existsSync(join(folder, ".pulumi")), "~/.pulumi was written");
    assert.deepEqual(await run(), { status: 0, stdout: "v3.259.0\n", stderr: "" });
    assert.equal(builds(), 2);
  });

  it("runs from any folder and through a symbolic link", async () => {
    await run();
    symlinkSync(join(root, "cronium"), join(folder, "link"));
    assert.deepEqual(await end(start({}, join(folder, "link"), "/")), { status: 0, stdout: "v3.259.0\n", stderr: "" });
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
    it(`starts over cleanly after ${signal}`, async () => {
      const hang = join(folder, "hang");
      const child = start({ HANG: hang });
      const ended = end(child);
      await appears(hang);
      // SIGKILL reaches no handler: the whole group gets it, as when a machine goes down.
      process.kill(signal === "SIGKILL" ? -(child.pid as number) : (child.pid as number), signal);
      assert.notEqual((await ended).status, 0);
      await disappears(Number(readFileSync(hang, "utf8")));
      const again = await run();
      assert.equal(again.status, 0, again.stderr);
      assert.equal(toolchains().length, 1);
    });
  }

  it("lets two at once wait for each other", async () => {
    const [a, b] = await Promise.all([run(), run()]);
    assert.deepEqual([a?.status, b?.status, a?.stdout, b?.stdout], [0, 0, "v3.259.0\n", "v3.259.0\n"]);
    assert.equal(builds(), 2);
  });

  it("shows why a build failed, and what is kept", async () => {
    const { status, stderr } = await run({ FAIL: "no space left on device" });
    assert.equal(status, 1);
    assert.match(stderr, /cannot: no space left on device/);
    assert.match(stderr, /run this again: what is downloaded and compiled is kept/);
    assert.equal((await run()).status, 0);
  });

  describe("with a pulumi on the PATH", () => {
    const plugin = (name: string) =>
      mkdirSync(join(folder, ".pulumi", "plugins", `resource-${name}`), { recursive: true });

    it("uses it if it is new enough, and builds nothing", async () => {
      program("pulumi", pulumi("v3.270.1", "exit 1"));
      plugin("docker-v5.2.0");
      plugin("random-v4.21.2");
      assert.deepEqual(await run(), { status: 0, stdout: "v3.270.1\n", stderr: "" });
      assert.equal(builds(), 0);
      const built = await run({ CRONIUM_PULUMI: "built" });
      assert.equal(built.stdout, "v3.259.0\n", built.stderr);
    });

    for (const version of ["v3.258.0", "v4.0.0"]) {
      it(`builds rather than use ${version}`, async () => {
        program("pulumi", pulumi(version, "exit 1"));
        const { stdout, stderr } = await run();
        assert.equal(stdout, "v3.259.0\n");
        assert.match(stderr, new RegExp(`/pulumi is ${version}: 3\\.259\\.0 or newer`));
      });
    }

    it("notices when it is replaced", async () => {
      program("pulumi", pulumi("v3.258.0", "exit 1"));
      await run();
      plugin("docker-v5.2.0");
      plugin("random-v4.21.2");
      rmSync(join(folder, "bin", "pulumi"));
      program("pulumi", pulumi("v3.270.1", "exit 1"));
      assert.equal((await run()).stdout, "v3.270.1\n");
    });

    it("names CRONIUM_PULUMI=built when a plugin cannot be downloaded", async () => {
      program("pulumi", pulumi("v3.270.1", "echo no network >&2; exit 1"));
      plugin("docker-v5.2.0");
      const { status, stderr } = await run();
      assert.equal(status, 1);
      assert.match(stderr, /random 4\.21\.2.*CRONIUM_PULUMI=built/);
    });
  });

  it("refuses an unknown value of CRONIUM_PULUMI", async () => {
    const { status, stderr } = await run({ CRONIUM_PULUMI: "yes" });
    assert.equal(status, 1);
    assert.match(stderr, /CRONIUM_PULUMI is "yes": the only value is built/);
  });

  /** Waits until a process is gone; the test's time limit is the one for that. */
  async function disappears(pid: number): Promise<void> {
    // A process that has ended but is not yet waited for has no program any more.
    while (existsSync(`/proc/${pid}/exe`)) await delay(10);
  }

  /** Waits until a file has content. */
  async function appears(file: string): Promise<void> {
    const watcher = watch(dirname(file));
    try {
      while (!existsSync(file) || readFileSync(file, "utf8") === "") await once(watcher, "change");
    } finally {
      watcher.close();
    }
  }
});
