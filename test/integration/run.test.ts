import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { root } from "../support/project";

/** On the dev stack, which is up, with a user of its own whose variables nobody else has. */
describe("cronium run", () => {
  const user = `test-${randomBytes(4).toString("hex")}`;
  let folder: string;
  let docker: Docker;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cronium-run-"));
    docker = await dockerClient(resolveDockerHost());
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => assert.deepEqual(await left(), []));

  /** Processes of this test's runs: others may have runs of their own meanwhile. */
  const pids = new Set<string>();

  /** What these runs have on the engine now. */
  async function left(): Promise<string[]> {
    const filters = { label: ["dev.cronium.run"] };
    const ours = ({ Labels = {} }: { Labels?: Record<string, string> }) =>
      pids.has(Labels["dev.cronium.run.owner"]?.split(" ").at(-2) ?? "");
    const [containers, networks] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
    ]);
    return [
      ...containers.filter(ours).map(({ Names }) => String(Names)),
      ...networks.filter(ours).map(({ Name }) => Name),
    ];
  }

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  const command = (language: string, script: string, more: string[]) => [
    "run",
    language,
    script === "-" ? script : file("script", script),
    "--user",
    user,
    ...more,
  ];

  function run(language: string, script: string, more: string[] = [], input = "") {
    const options = { cwd: root, input, encoding: "utf8", maxBuffer: 1 << 28 } as const;
    const result = spawnSync("./cronium", command(language, script, more), options);
    pids.add(String(result.pid));
    return result;
  }

  /** Starts a job and waits until it has printed something. */
  async function start(language: string, script: string): Promise<ChildProcess> {
    const child = spawn("./cronium", command(language, script, []), { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    pids.add(String(child.pid));
    await once(child.stdout as NodeJS.ReadableStream, "data");
    return child;
  }

  const scripts = {
    bash: `n=$(cronium_input | jq .n); echo "got $n"; cronium_output "{\\"double\\":$((n * 2))}"
      cronium_set_variable from_bash "$n"; cronium_set_condition true`,
    python: `n = cronium.input()["n"]; print("got", n); cronium.output({"double": n * 2})
cronium.set_variable("from_python", n); cronium.set_condition(True)`,
    nodejs: `(async () => {
      const { n } = await cronium.input(); console.log("got", n); await cronium.output({ double: n * 2 });
      await cronium.setVariable("from_nodejs", n); await cronium.setCondition(true);
    })()`,
  };
  for (const [language, script] of Object.entries(scripts)) {
    it(`gives a ${language} script its input and prints what it did`, () => {
      const { status, stdout, stderr } = run(language, script, ["--input", '{"n":41}']);
      assert.equal(status, 0, stderr);
      assert.equal(stdout, `got 41\noutput: {"double":82}\ncondition: true\nvariable from_${language}: 41\n`);
      assert.equal(stderr, "");
    });
  }

  it("prints one JSON document with --json, values as they were written", () => {
    const exact = '{"big":12345678901234567890,"small":1e-400,"text":"\\u00e9"}';
    const script = "echo out; echo err >&2; cronium_input | cronium_output -; exit 3";
    const { status, stdout, stderr } = run(
      "bash",
      script.replace("cronium_input | cronium_output -", 'cronium_output "$(cronium_input)"'),
      ["--json", "--input", exact],
    );
    assert.equal(status, 3, stderr);
    assert.match(stderr, /out/);
    assert.match(stderr, /err/);
    assert.match(
      stdout,
      /^\{"executionId":"[^"]+","status":3,"timedOut":false,"output":.*,"condition":null,"variables":\{\}\}\n$/,
    );
    assert.ok(stdout.includes('"big":12345678901234567890'), stdout);
  });

  it("keeps its streams apart and exits with the script's status", () => {
    const { status, stdout, stderr } = run("bash", "printf out; echo err >&2; exit 7");
    assert.equal(status, 7);
    assert.equal(stdout, "out\noutput: none\ncondition: none\nvariables: none\n");
    assert.equal(stderr, "err\n");
  });

  it("takes a script from standard input, or its input, and variables of the environment", () => {
    assert.match(run("bash", "-", ["--env", "A=1", "--env", "B=x y"], 'echo "$A $B"').stdout, /^1 x y\n/);
    assert.match(run("python", "print(cronium.input())", ["--input", "-"], "[1,\n2]").stdout, /^\[1, 2\]\n/);
    assert.match(
      run("python", "print(cronium.input())", ["--input", `@${file("input.json", '"text"')}`]).stdout,
      /^text\n/,
    );
  });

  it("keeps a script in its cage", () => {
    const script = `
import os, pathlib
status = dict(line.split(":\\t", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
print(os.getuid(), os.getgid(), os.getcwd(), status["CapEff"].strip(), status["CapBnd"].strip(), status["NoNewPrivs"])
for folder in ["/", "/usr", "/home/cronium", "/app", "/tmp", "/workspace"]:
    try:
        pathlib.Path(folder, "file").write_text("x"); print(folder)
    except OSError as error:
        print(folder, error.errno)
print(pathlib.Path("/proc/1/comm").read_text().strip())
`;
    const none = "0000000000000000";
    const readOnly = 30;
    assert.deepEqual(run("python", script).stdout.split("\n").slice(0, 8), [
      `1000 1000 /workspace ${none} ${none} 1`,
      ...["/", "/usr", "/home/cronium", "/app"].map((path) => `${path} ${readOnly}`),
      "/tmp",
      "/workspace",
      "tini",
    ]);
  });

  it("stops a script that hangs, with status 124", () => {
    const { status, stdout, stderr } = run("bash", "echo started; sleep 60", ["--timeout", "1"]);
    assert.equal(status, 124);
    assert.match(stdout, /^started\n/);
    assert.match(stderr, /stopped after 1 s/);
  });

  it("says that a script needed too much memory", () => {
    const { status, stderr } = run("python", "print(len(bytearray(700 << 20)))");
    assert.equal(status, 137);
    assert.match(stderr, /more than its 512 MB/);
  });

  it("bounds the number of processes", () => {
    const { stdout } = run("bash", "for i in {1..200}; do sleep 2 & done 2>&1; jobs | wc -l", ["--timeout", "20"]);
    assert.match(stdout, /fork: .*unavailable/);
  });

  it("passes on megabytes, at the pace of who reads them", () => {
    const script = "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo end >&2";
    const { status, stdout, stderr } = run("bash", script);
    assert.equal(status, 0, stderr);
    assert.equal(stdout.indexOf("\n"), 20_000_000);
    assert.equal(stderr, "end\n");
  });

  it("ends quietly when nobody reads any more", () => {
    const line = `./cronium run bash '${file("yes", "yes")}' --timeout 30 | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", line], { cwd: root, encoding: "utf8" });
    assert.equal(stdout, "y\n141\n");
    assert.equal(stderr, "");
  });

  it("runs scripts that are longer than an argument", () => {
    const padding = (comment: string) => `${comment} é😀 padding\n`.repeat(20_000);
    assert.match(run("bash", `${padding("#")}echo "$# é😀"`).stdout, /^0 é😀\n/);
    assert.match(run("python", `${padding("#")}import sys; print(sys.argv, "é😀")`).stdout, /^\['-c'\] é😀\n/);
    assert.match(run("nodejs", `${padding("//")}console.log(process.argv.length, "é😀")`).stdout, /^1 é😀\n/);
  });

  it("leaves nothing after Ctrl-C, with status 130", async () => {
    const child = await start("bash", "echo started; sleep 60");
    child.kill("SIGINT");
    const [status] = await once(child, "close");
    assert.equal(status, 130);
  });

  it("the next run removes what a killed one left", async () => {
    const child = await start("bash", "echo started; sleep 60");
    child.kill("SIGKILL");
    await once(child, "close");
    assert.notDeepEqual(await left(), []);
    assert.equal(run("bash", "true").status, 0);
  });

  it("is no change for the stack, also while it runs", async () => {
    const child = await start("bash", "echo started; sleep 60");
    try {
      const args = ["preview", "--refresh", "--expect-no-changes"];
      const { status, stdout, stderr } = spawnSync("./cronium", args, { cwd: root, encoding: "utf8" });
      assert.equal(status, 0, stdout + stderr);
    } finally {
      child.kill("SIGTERM");
      await once(child, "close");
    }
  });

  for (const [name, args, wanted] of [
    ["an unknown language", ["ruby", "x"], /'ruby' is invalid.*bash, python, nodejs/],
    ["a file that is not there", ["bash", "/nowhere"], /the script \/nowhere cannot be read: ENOENT/],
    ["input that is no JSON", ["bash", "-", "--input", "{n:1}"], /--input .*\{n:1\}.* is not JSON/],
    [
      "an environment that is its own",
      ["bash", "-", "--env", "CRONIUM_JOB_ID=1"],
      /CRONIUM_JOB_ID is set for the job itself/,
    ],
    ["a timeout of no length", ["bash", "-", "--timeout", "0"], /--timeout .*'0' is invalid.*above 0/],
    ["standard input for two things", ["bash", "-", "--input", "-"], /cannot both come from standard input/],
    ["a stack that is not up", ["bash", "-", "--stack", "nope"], /stack nope cannot be read.*\.\/cronium up/],
  ] as const) {
    it(`refuses ${name}, naming it`, () => {
      const { status, stdout, stderr } = spawnSync("./cronium", ["run", ...args], {
        cwd: root,
        input: "1",
        encoding: "utf8",
      });
      assert.ok(status === 1 || status === 2, `status ${status}`);
      assert.equal(stdout, "");
      assert.match(stderr, wanted);
    });
  }
});
