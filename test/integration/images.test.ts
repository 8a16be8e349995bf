import assert from "node:assert/strict";
import type { Container, ImageInspectInfo } from "dockerode";
import { SIZE_BUDGETS } from "../../verify/promises";
import { imageRef } from "../support/images";
import { Jobs } from "../support/jobs";
import { exec } from "../support/runtime-api-container";

const IMAGES = ["base", "bash", "python", "nodejs"] as const;

/** What a program of each language prints about its own process, as JSON. */
const ABOUT = {
  bash: [
    "bash",
    "-c",
    'jq -nc --arg uid "$(id -u)" --arg gid "$(id -g)" --arg cwd "$PWD" \'{uid: $uid, gid: $gid, cwd: $cwd, env: $ENV}\'',
  ],
  python: [
    "python",
    "-c",
    "import json,os; print(json.dumps({'uid': str(os.getuid()), 'gid': str(os.getgid()), 'cwd': os.getcwd(), 'env': dict(os.environ)}))",
  ],
  nodejs: [
    "node",
    "-e",
    "console.log(JSON.stringify({ uid: String(process.getuid()), gid: String(process.getgid()), cwd: process.cwd(), env: process.env }))",
  ],
};

interface Checked {
  Healthcheck?: { Test: string[] };
}

describe("images", () => {
  let jobs: Jobs;
  const inspected: Record<string, ImageInspectInfo> = {};
  const config = (image: string) => inspected[image]?.Config as ImageInspectInfo["Config"] & Checked;
  const running: Record<string, Container> = {};
  /** Runs a command in the image's container, which only waits otherwise. */
  const run = (image: string, command: string[]) => exec(running[image] as Container, command);
  before(async () => {
    jobs = await Jobs.open();
    const started = Object.keys(ABOUT).map(async (image) => {
      running[image] = await jobs.start(image, { Cmd: ["sleep", "infinity"], WorkingDir: "/workspace" });
    });
    await Promise.all(started);
    for (const image of IMAGES) inspected[image] = await jobs.docker.getImage(imageRef(image)).inspect();
  });
  after(() => jobs.remove());

  it("share the base layer, and bash, python and nodejs the shell's", () => {
    const layers = (image: string) => inspected[image]?.RootFS.Layers ?? [];
    const base = layers("base");
    for (const image of IMAGES) assert.deepEqual(layers(image).slice(0, base.length), base, image);
    const shell = layers("bash")[base.length] as string;
    for (const image of ["python", "nodejs"]) assert.ok(layers(image).includes(shell), image);
  });

  it("are small", () => {
    for (const image of IMAGES) {
      const size = (inspected[image]?.Size ?? Number.NaN) / 1e6;
      assert.ok(size <= (SIZE_BUDGETS[image] ?? 0), `${image} has ${size} MB`);
    }
  });

  it("run as 1000:1000 under tini in /app, with a health check where a program can be", () => {
    for (const image of IMAGES) {
      const { User, WorkingDir, Entrypoint, Healthcheck } = config(image);
      assert.deepEqual([User, WorkingDir, Entrypoint], ["1000:1000", "/app", ["/usr/bin/tini", "-g", "--"]], image);
      const extension = { base: undefined, bash: "sh", python: "py", nodejs: "js" }[image];
      assert.deepEqual(Healthcheck?.Test, extension && ["CMD", `/usr/local/bin/healthcheck.${extension}`], image);
    }
  });

  for (const [image, about] of Object.entries(ABOUT)) {
    describe(image, () => {
      it("gives a job the contract's environment", async () => {
        const { stdout, stderr, status } = await jobs.runWithout(image, about);
        assert.deepEqual([status, stderr], [0, ""]);
        const { uid, gid, cwd, env } = JSON.parse(stdout);
        assert.deepEqual([uid, gid, cwd], ["1000", "1000", "/workspace"]);
        const { HOME, USER, LANG, TZ } = env;
        assert.deepEqual([HOME, USER, LANG, TZ], ["/home/cronium", "cronium", "C.UTF-8", "UTC"]);
        const expected = {
          bash: { BASH_ENV: "/usr/local/bin/cronium.sh" },
          python: { PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1" },
          nodejs: { NODE_ENV: "production", NODE_PATH: "/usr/local/lib" },
        }[image];
        for (const [name, value] of Object.entries(expected ?? {})) assert.equal(env[name], value, name);
      });

      it("has tini as process 1, a shell, id and sleep, and no package manager", async () => {
        const script = [
          "id -u; sleep 0; tr '\\0' ' ' </proc/1/cmdline; echo",
          "for tool in apt apt-get dpkg apk pip pip3 npm npx yarn corepack gcc cc make; do which $tool; done",
          "find / -xdev -perm /6000 2>/dev/null",
          "find / -xdev -type f -perm -o+w 2>/dev/null | grep -v ^/proc",
          "find / -xdev -type d -perm -o+w 2>/dev/null",
          "find / -xdev -type l ! -exec test -e {} ';' -print 2>/dev/null",
        ];
        const { stdout, stderr } = await run(image, ["/bin/sh", "-c", script.join("\n")]);
        assert.equal(stderr, "");
        const [uid, first, ...found] = stdout.trim().split("\n");
        assert.equal(uid, "1000");
        assert.match(first ?? "", /^\/usr\/bin\/tini -g -- /);
        assert.deepEqual(found, ["/tmp"]);
      });

      it("has exactly the users it needs", async () => {
        const { stdout } = await run(image, ["cat", "/etc/passwd", "/etc/group"]);
        assert.deepEqual(stdout.trim().split("\n"), [
          "root:x:0:0:root:/root:/usr/sbin/nologin",
          "cronium:x:1000:1000:cronium:/home/cronium:/usr/sbin/nologin",
          "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
          "root:x:0:",
          "cronium:x:1000:",
          "nogroup:x:65534:",
        ]);
      });

      it("stops within a second of SIGTERM", async () => {
        const container = await jobs.start(image, { Cmd: ["sleep", "60"] });
        const started = Date.now();
        await container.stop({ t: 10 });
        assert.ok(Date.now() - started < 2000, `${Date.now() - started} ms`);
      });

      it("passes its own health check, with and without a job's environment, but not with a wrong one", async () => {
        const check = config(image).Healthcheck?.Test.slice(1) ?? [];
        const complete = ["env", "CRONIUM_EXECUTION_TOKEN=a.b.c", "CRONIUM_EXECUTION_ID=e"];
        for (const environment of [[], complete]) {
          const { status, stdout, stderr } = await run(image, [...environment, ...check]);
          assert.deepEqual([status, stdout.trim(), stderr], [0, "healthy", ""]);
        }
        for (const wrong of [complete.slice(0, 2), [...complete, "CRONIUM_RUNTIME_API=localhost"]]) {
          const { status, stdout, stderr } = await run(image, [...wrong, ...check]);
          assert.deepEqual([status, stdout], [1, ""]);
          assert.match(stderr, /^healthcheck: CRONIUM_(EXECUTION_ID is not set|RUNTIME_API has to be)/);
        }
      });
    });
  }

  it("bash: has the tools its README names", async () => {
    const tools = [
      "bash",
      "curl",
      "jq",
      "ls",
      "sort",
      "stdbuf",
      "timeout",
      "numfmt",
      "sha256sum",
      "grep",
      "sed",
      "awk",
      "find",
      "tar",
    ];
    const { status, stdout, stderr } = await run("bash", [
      "bash",
      "-c",
      `type -P ${tools.join(" ")} | wc -l; ls --version; curl --version`,
    ]);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.equal(stdout.split("\n")[0], String(tools.length));
    assert.match(stdout, /GNU coreutils/);
    assert.match(stdout, /^Protocols:.* https/m);
    assert.match(stdout, /^Features:.* HTTP2/m);
  });

  it("python: imports its whole standard library, requests and aiohttp, from byte code", async () => {
    const script = `
import importlib, json, sys
missing = []
for name in sorted(sys.stdlib_module_names - {"antigravity", "this"}):
    try:
        importlib.import_module(name)
    except ImportError:
        missing.append(name)
import requests, aiohttp
for module in (json, requests, aiohttp):
    with open(module.__cached__, "rb") as file:
        assert file.read(8)[4] == 1, module
print(json.dumps(missing))
`;
    const { status, stdout, stderr } = await run("python", ["python3", "-W", "ignore", "-c", script]);
    assert.deepEqual([status, stderr], [0, ""]);
    const foreign = [
      "_ios_support",
      "_overlapped",
      "_scproxy",
      "_winapi",
      "_wmi",
      "msvcrt",
      "nt",
      "winreg",
      "winsound",
    ];
    const left = ["_tkinter", "ensurepip", "idlelib", "tkinter", "turtle", "turtledemo"];
    assert.deepEqual(JSON.parse(stdout), [...foreign, ...left].sort());
  });

  it("python: ends well while a daemon thread waits", async () => {
    const script = `
import os, threading, time
reads, writes = os.pipe()
threading.Thread(target=os.read, args=(reads, 1), daemon=True).start()
class Last:
    def __del__(self, write=os.write, writes=writes, pause=time.sleep):
        write(writes, b"x")
        pause(0.1)
last = Last()
`;
    const { status, stderr } = await run("python", ["python3", "-c", script]);
    assert.deepEqual([status, stderr], [0, ""]);
  });

  it("python and nodejs: run subprocesses through a shell", async () => {
    const python = await run("python", [
      "python3",
      "-c",
      "import subprocess; subprocess.run('echo $((6 * 7))', shell=True, check=True)",
    ]);
    assert.deepEqual([python.status, python.stdout], [0, "42\n"]);
    const node = await run("nodejs", [
      "node",
      "-e",
      "console.log(String(require('node:child_process').execSync('echo $((6 * 7))')))",
    ]);
    assert.deepEqual([node.status, node.stdout.trim()], [0, "42"]);
  });

  it("nodejs: cronium and axios resolve by require and by import, from any directory", async () => {
    for (const directory of ["/workspace", "/app", "/tmp", "/"]) {
      const required = `process.chdir("${directory}"); console.log(require("axios").VERSION, typeof new (require("cronium").CroniumError)().message)`;
      const imported = `import axios from "axios"; import Cronium, { cronium, input, CroniumError } from "cronium"; console.log(axios.VERSION, typeof Cronium.input, cronium.input === input, new CroniumError() instanceof Error)`;
      const one = await run("nodejs", ["node", "-e", required]);
      assert.match(one.stdout, /^1\.\d+\.\d+ string\n$/, one.stderr);
      const command = `cd ${directory} && exec node --input-type=module -e '${imported}'`;
      const other = await run("nodejs", ["sh", "-c", command]);
      assert.match(other.stdout, /^1\.\d+\.\d+ function true true\n$/, other.stderr);
    }
  });

  it("python and nodejs: cronium is there without being loaded, and gives way to a script's own name", async () => {
    const python =
      "import sys; assert 'cronium' not in sys.modules; cronium.CroniumError; assert 'cronium' in sys.modules; cronium = 1; print(cronium)";
    assert.equal((await run("python", ["python3", "-c", python])).stdout, "1\n");
    for (const own of ["const cronium = 1", "var cronium = 1", "cronium = 1", "function cronium() {}"]) {
      const { status, stderr } = await run("nodejs", [
        "node",
        "-e",
        `${own}; if (cronium === undefined) process.exit(3)`,
      ]);
      assert.deepEqual([status, stderr], [0, ""], own);
    }
    const lazy =
      "const loaded = () => Object.keys(require.cache).some((path) => path.endsWith('/cronium.js')); if (loaded()) process.exit(3); cronium.CroniumError; process.exit(loaded() ? 0 : 4)";
    assert.equal((await run("nodejs", ["node", "-e", lazy])).status, 0);
  });

  it("know time zones, names and certificate authorities", async () => {
    const python = `
import datetime, ssl, socket, zoneinfo
print(datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset(), socket.getservbyname("https"))
print(len(ssl.create_default_context().get_ca_certs()) > 100)
`;
    const { stdout, stderr } = await run("python", ["python3", "-c", python]);
    assert.deepEqual([stdout, stderr], ["2:00:00 443\nTrue\n", ""]);
    const { stdout: zone } = await run("bash", ["bash", "-c", "TZ=Asia/Tokyo date -d @0 +%H; printf '%s' é | wc -m"]);
    assert.equal(zone, "09\n1\n");
  });
});
