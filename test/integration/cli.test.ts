import assert from "node:assert/strict";
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheDir } from "../../cli/paths";
import { copyProject, type Project } from "../support/project";

/** The command with the real Pulumi, and a program that makes nothing: each command takes a second or two. */
describe("cronium: Pulumi's words", () => {
  const settings = "# settings\nconfig:\n  cronium:builderRoot: auto # why\n";
  let project: Project;
  let state: string;

  before(() => {
    project = clone();
    state = mkdtempSync(join(tmpdir(), "cronium-state-"));
  });
  after(() => {
    remove(project);
    rmSync(state, { recursive: true, force: true });
  });

  /** A clone of the project with a program of its own, all of it committed. */
  function clone(): Project {
    const made = copyProject();
    made.write("index.ts", PROGRAM);
    made.write("Pulumi.dev.yaml", settings);
    made.write("Pulumi.staging.yaml", "config:\n  cronium:namespace: staging\n");
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: made.folder });
    git("init", "-q");
    git("add", "-A");
    git("commit", "-qm", "clone");
    return made;
  }

  /** It has no stack of its own. */
  function remove(made: Project): void {
    for (const folder of [made.folder, made.state]) rmSync(folder, { recursive: true, force: true });
  }

  function run(args: string[], { env = {}, folder = project.folder, input = "", cwd = folder }: Options = {}): Result {
    const result: SpawnSyncReturns<string> = spawnSync(join(folder, "cronium"), args, {
      cwd,
      env: environment(env),
      encoding: "utf8",
      input,
    });
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** Of a user who has set nothing of Pulumi's but what finds it. */
  function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const { PULUMI_STACK: _, PULUMI_CONFIG_PASSPHRASE: __, PULUMI_CONFIG_PASSPHRASE_FILE: ___, ...rest } = process.env;
    return { ...rest, PULUMI_BACKEND_URL: "", XDG_CACHE_HOME: join(cacheDir(), ".."), XDG_STATE_HOME: state, ...env };
  }

  const changes = (folder = project.folder) =>
    execFileSync("git", ["status", "--short"], { cwd: folder, encoding: "utf8" });
  const read = (file: string) => readFileSync(join(project.folder, file), "utf8");
  const ok = (result: Result): Result => {
    assert.equal(result.status, 0, result.stdout + result.stderr);
    return result;
  };

  it("give Pulumi's own exit status, output and help", () => {
    assert.match(ok(run(["version"])).stdout, /^v3\./);
    assert.equal(run(["no-such-word"]).status, 1);
    assert.match(ok(run(["stack", "output", "--help"])).stdout, /pulumi stack output/);
    assert.match(ok(run(["--help"])).stdout, /shell-env/);
  });

  it("refuse a stack that the tree does not have, listing those it has", () => {
    for (const word of ["up", "preview"]) {
      const { status, stderr } = run([word, "--stack", "nope"]);
      assert.equal(status, 1);
      assert.match(stderr, /no stack "nope".* Stacks: dev, prod, staging, test-/);
    }
    assert.ok(!existsSync(join(state, "cronium", "pulumi", ".pulumi", "stacks")));
  });

  it("say that the stack was not made yet", () => {
    for (const line of ["destroy --yes", "stack output", "refresh"]) {
      const { status, stderr } = run(line.split(" "));
      assert.equal(status, 1);
      assert.match(stderr, /^cronium: there is no stack dev yet in file:.*: \.\/cronium up makes it\n$/);
    }
  });

  it("up makes dev with a passphrase of its own, asks nobody without a terminal, and leaves the tree clean", () => {
    ok(run(["up"]));
    assert.equal(changes(), "");
    assert.equal(statSync(join(state, "cronium", "passphrase-dev")).mode & 0o777, 0o600);
    ok(run(["preview", "--expect-no-changes"]));
    assert.deepEqual(JSON.parse(ok(run(["stack", "output", "--json", "--show-secrets"])).stdout), {
      setting: "auto",
      secret: "hidden",
    });
    assert.equal(changes(), "");
  });

  it("read a state whose writer was killed between its two files", () => {
    writeFileSync(join(state, "cronium/pulumi/.pulumi/stacks/cronium/dev.json.attrs"), "");
    ok(run(["preview", "--expect-no-changes"]));
  });

  it("another clone of the same user has the same stack", () => {
    const other = clone();
    try {
      ok(run(["preview", "--expect-no-changes"], { folder: other.folder }));
      assert.equal(changes(other.folder), "");
    } finally {
      remove(other);
    }
  });

  it("work from a folder in the project, and from one that is no project", () => {
    for (const cwd of [join(project.folder, "components"), tmpdir()]) {
      assert.match(ok(run(["stack", "ls"], { cwd })).stdout, /^dev/m);
    }
  });

  it("a wrong passphrase is one error before anything is done", () => {
    const file = join(state, "cronium/pulumi/.pulumi/stacks/cronium/dev.json");
    const before = readFileSync(file, "utf8");
    const { status, stdout, stderr } = run(["up"], { env: { PULUMI_CONFIG_PASSPHRASE: "wrong" } });
    assert.notEqual(status, 0);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: [^\n]*incorrect passphrase\n*$/);
    assert.equal(readFileSync(file, "utf8"), before);
    ok(run(["up"]));
  });

  it("staging gets no passphrase, and wants --yes", () => {
    const { status, stderr } = run(["preview", "--stack", "staging"]);
    assert.equal(status, 1);
    assert.match(stderr, /stack staging has no passphrase: set PULUMI_CONFIG_PASSPHRASE_FILE/);
    const up = run(["up", "-s", "staging"], { env: { PULUMI_CONFIG_PASSPHRASE: "p" } });
    assert.notEqual(up.status, 0);
    assert.match(up.stderr, /--yes/);
    assert.equal(changes(), "");
  });

  it("config writes the tracked file, with its comments, and a salt only with a secret", () => {
    ok(run(["config", "set", "cronium:logLevel", "debug"]));
    assert.equal(read("Pulumi.dev.yaml"), `${settings}  cronium:logLevel: debug\n`);
    ok(run(["config", "rm", "cronium:logLevel"]));
    assert.equal(changes(), "");
    const env = { PULUMI_CONFIG_PASSPHRASE: "p" };
    ok(run(["config", "set", "--secret", "cronium:x", "-s", "staging"], { env, input: "a secret" }));
    assert.match(read("Pulumi.staging.yaml"), /secure: v1:[\s\S]*\nencryptionsalt: v1:/);
    assert.equal(ok(run(["config", "get", "cronium:x", "-s", "staging"], { env })).stdout, "a secret\n");
    const wrong = run(["preview", "-s", "staging"], { env: { PULUMI_CONFIG_PASSPHRASE: "q" } });
    assert.match(wrong.stderr, /incorrect passphrase/);
    ok(run(["config", "rm", "cronium:x", "-s", "staging"], { env }));
    assert.equal(changes(), "");
  });

  it("several settings at once are all there", async () => {
    const keys = ["a", "b", "c"].map((key) => `cronium:${key}`);
    const statuses = await Promise.all(
      keys.map(async (key) => {
        const options = { cwd: project.folder, env: environment({}), stdio: "ignore" } as const;
        const [status] = await once(
          spawn(join(project.folder, "cronium"), ["config", "set", key, "1"], options),
          "close",
        );
        return status as number;
      }),
    );
    const text = read("Pulumi.dev.yaml");
    execFileSync("git", ["checkout", "-q", "Pulumi.dev.yaml"], { cwd: project.folder });
    assert.deepEqual(statuses, [0, 0, 0]);
    assert.deepEqual(
      keys.filter((key) => text.includes(key)),
      keys,
    );
  });

  it("a signal reaches Pulumi once, and its status is cronium's", async () => {
    // Pulumi takes signals from when its program runs.
    const started = join(state, "started");
    const hang = `require("node:fs").writeFileSync(${JSON.stringify(started)}, ""); setTimeout(() => undefined, 60_000);`;
    project.write("index.ts", PROGRAM + hang);
    const child = spawn(join(project.folder, "cronium"), ["preview"], {
      cwd: project.folder,
      env: environment({}),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (text += data));
    const closed = once(child, "close") as Promise<[number | null]>;
    while (!existsSync(started)) await Promise.race([delay(50), closed.then(() => assert.fail(text))]);
    child.kill("SIGINT");
    const [status] = await closed;
    execFileSync("git", ["checkout", "-q", "index.ts"], { cwd: project.folder });
    assert.ok(status !== 0 && status !== null, `status ${status}\n${text}`);
    assert.match(text, /cancel/i);
    ok(run(["preview", "--expect-no-changes"]));
  });

  it("shell-env makes plain pulumi do the same", () => {
    const script = `eval "$('${join(project.folder, "cronium")}' shell-env)" && npm --version && pulumi preview --expect-no-changes && pulumi stack output setting`;
    const shell = spawnSync("bash", ["-c", script], { cwd: project.folder, env: environment({}), encoding: "utf8" });
    assert.equal(shell.status, 0, shell.stdout + shell.stderr);
    assert.match(shell.stdout, /^auto$/m);
    assert.equal(changes(), "");
  });

  it("clean keeps a state that still has resources", () => {
    const { status, stderr } = run(["clean", "--state", "--yes"]);
    assert.equal(status, 1);
    assert.match(stderr, /cronium\/dev \(1\).*destroy --yes --stack/);
    assert.match(run(["clean", "--state", "--force"]).stderr, /add --yes/);
  });

  it("destroy wants --yes, removes the stack's file from no tree, and leaves the tree clean", () => {
    assert.notEqual(run(["destroy"]).status, 0);
    ok(run(["destroy", "--yes", "--remove"]));
    assert.equal(changes(), "");
    ok(run(["up"]));
    ok(run(["destroy", "--yes"]));
    assert.match(ok(run(["stack", "rm", "dev", "--yes"])).stderr, /Pulumi.dev.yaml stays/);
    assert.equal(changes(), "");
    ok(run(["stack", "init", "dev"]));
    assert.equal(changes(), "");
    assert.deepEqual(readdirSync(join(state, "cronium")).sort(), [
      "passphrase-dev",
      "pulumi",
      "settings",
      "settings.lock",
    ]);
  });

  it("clean frees the state and says so in bytes", () => {
    assert.match(ok(run(["clean", "--state", "--yes"])).stderr, /freed \d+ bytes/);
    assert.ok(!existsSync(join(state, "cronium")));
  });

  it("doctor says of each thing that it is good enough, or how to mend it, with the status of all", () => {
    const good = ok(run(["doctor"])).stdout;
    for (const thing of THINGS) assert.match(good, new RegExp(`^(ok|note) +${thing} +\\S`, "m"));

    const cache = mkdtempSync(join(tmpdir(), "cronium-cache-"));
    const env = { CRONIUM_PULUMI: "built", DOCKER_HOST: "unix:///nowhere.sock", XDG_CACHE_HOME: cache };
    const { status, stdout } = run(["doctor"], { env });
    rmSync(cache, { recursive: true, force: true });
    assert.equal(status, 1);
    assert.match(stdout, /^BAD +Pulumi +none .* -> \.\/cronium up builds it/m);
    assert.match(
      stdout,
      /^BAD +Docker engine +no Docker engine answers at unix:\/\/\/nowhere\.sock .* -> .*DOCKER_HOST/m,
    );
    assert.match(stdout, /^\S+ +memory +[\d.]+ GB available/m);
    for (const line of stdout.trim().split("\n")) assert.match(line, /^(ok {4}(?!.* -> )|note .* -> \S|BAD .* -> \S)/);
  });

  it("without an engine: one error, and nothing is made", () => {
    const { status, stdout, stderr } = run(["up"], { env: { DOCKER_HOST: "unix:///nowhere.sock" } });
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^cronium: no Docker engine answers at unix:\/\/\/nowhere.sock \(from DOCKER_HOST\): ENOENT.*\n$/,
    );
    assert.ok(!existsSync(join(state, "cronium")));
  });
});

interface Options {
  env?: NodeJS.ProcessEnv;
  folder?: string;
  input?: string;
  cwd?: string;
}

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** What a line of doctor is about. */
const THINGS = [
  ...["Node.js", "npm packages", "Pulumi", "plugin docker", "plugin random", "Docker engine", "job limits"],
  ...["DNS of jobs", "jobs among them", "builder root", "disk", "memory", "state", "stack dev", "stack staging"],
];

const PROGRAM = `import * as pulumi from "@pulumi/pulumi";
export const setting = new pulumi.Config("cronium").require("builderRoot");
export const secret = pulumi.secret("hidden");
`;
