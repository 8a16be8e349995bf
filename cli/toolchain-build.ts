import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync } from "node:fs";
import { availableParallelism, constants, freemem } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { CliError, say } from "./errors";
import { executable } from "./executable";
import { withLock } from "./lock";
import { toolsFolder } from "./paths";
import { clock, Progress } from "./progress";
import { isNewEnough, type Versions } from "./versions";

/** What a build takes at its peak, in MB, and how long on two cores, in seconds: measured, see toolchain/README.md. */
export const NEEDS = { disk: 5000, memory: 2500, seconds: 400 };

/** Debug information would not be linked; making it takes 5 % of the time and a quarter of the disk. */
const WITHOUT_SYMBOLS = ["-gcflags=all=-dwarf=false"];

/** Two Go modules, as together their dependencies do not compile; what of them becomes a program, and where. */
const modules = ({ pulumi }: Versions) => [
  {
    folder: "cli",
    target: "bin",
    // The Automation API refuses a Pulumi that does not know its version.
    flags: [
      ...WITHOUT_SYMBOLS,
      "-ldflags",
      `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pulumi}`,
    ],
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "./pulumi-language-nodejs"],
  },
  {
    folder: "plugins",
    target: "plugins",
    // docker_compose is no resource of @pulumi/docker, and a third of what would have to be compiled.
    flags: [...WITHOUT_SYMBOLS, "-ldflags", "-s -w", "-tags", "no_compose"],
    packages: ["./pulumi-resource-docker", "./pulumi-resource-random"],
  },
];

type Module = ReturnType<typeof modules>[number];

/**
 * Builds Pulumi, its Node.js language host and the plugins into `folder`, which appears once all of it is there.
 * One process builds at a time; one that waited finds the work done.
 */
export async function buildOnce(root: string, folder: string, versions: Versions): Promise<void> {
  const toolchains = dirname(folder);
  mkdirSync(toolchains, { recursive: true });
  let waiting: Progress | undefined;
  const stopWaiting = () => waiting?.end();
  await withLock(
    join(toolchains, "lock"),
    () => {
      waiting = new Progress("waiting for another cronium that builds Pulumi", NEEDS.seconds);
    },
    async () => {
      stopWaiting();
      if (!existsSync(folder)) await build(root, folder, versions);
    },
  ).finally(stopWaiting);
}

async function build(root: string, folder: string, versions: Versions): Promise<void> {
  const seconds = (NEEDS.seconds * 2) / Math.min(availableParallelism(), 4);
  say(
    `building Pulumi ${versions.pulumi} and its plugins from Go modules, once: about ${Math.ceil(seconds / 60)} minutes, ` +
      `${NEEDS.disk / 1000} GB of disk meanwhile (0.3 GB stay) and ${NEEDS.memory / 1000} GB of memory`,
  );
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  // Go's own caches survive an interruption: the next build compiles only what is missing.
  const caches = join(dirname(folder), "build");
  requireRoom(dirname(folder), existsSync(caches) ? 0 : NEEDS.disk);
  mkdirSync(join(caches, "temporary"), { recursive: true });
  const env = goEnv(caches);
  const go = ensureGo(root, env);

  const progress = new Progress(`building Pulumi ${versions.pulumi}`, seconds);
  try {
    await compile(go, env, root, unfinished, modules(versions), progress);
    await installPlugins(unfinished, versions);
    renameSync(unfinished, folder);
    removeLater(caches);
  } finally {
    progress.end();
  }
  say(`Pulumi ${versions.pulumi} is built: ${clock(progress.elapsed())} minutes`);
}

async function compile(
  go: string,
  env: NodeJS.ProcessEnv,
  root: string,
  output: string,
  all: readonly Module[],
  progress: Progress,
): Promise<void> {
  let downloads = 0;
  const lists = await Promise.all(
    all.map(async ({ folder, flags, packages }) => {
      const names: string[] = [];
      await run(go, ["list", "-deps", ...flags, ...packages], join(root, "toolchain", folder), env, {
        stdout: (line) => names.push(line),
        stderr: (line) => {
          if (line.startsWith("go: downloading")) progress.update(0, `${++downloads} modules downloaded`);
        },
      });
      return names;
    }),
  );
  // Both modules share a cache: what is the same in both is compiled once.
  const total = new Set(lists.flat()).size;
  const done = new Set<string>();
  for (const [i, { folder, target, flags, packages }] of all.entries()) {
    const args = ["build", "-v", "-trimpath", ...flags, "-o", `${join(output, target)}/`, ...packages];
    await run(go, args, join(root, "toolchain", folder), env, {
      stderr: (line) => {
        done.add(line);
        const linking = done.size >= total ? ", linking" : "";
        progress.update(0.97 * (done.size / total), `${done.size} of ${total} packages${linking}`);
      },
    });
    // Packages that an interrupted build had compiled are not named again.
    for (const name of lists[i] ?? []) done.add(name);
  }
}

/** Puts the plugins where the built Pulumi looks for them, as `pulumi plugin install` does on other machines. */
async function installPlugins(unfinished: string, { plugins }: Versions): Promise<void> {
  const env = { ...process.env, PULUMI_HOME: join(unfinished, "home"), PULUMI_SKIP_UPDATE_CHECK: "true" };
  for (const { name, version } of plugins) {
    const file = join(unfinished, "plugins", `pulumi-resource-${name}`);
    const args = ["plugin", "install", "resource", name, version, "--file", file];
    await run(join(unfinished, "bin", "pulumi"), args, unfinished, env);
  }
  rmSync(join(unfinished, "plugins"), { recursive: true });
}

/** Removes a folder of a hundred thousand files, which takes most of a minute, while others go on. */
function removeLater(folder: string): void {
  const removed = `${folder}.removed`;
  rmSync(removed, { recursive: true, force: true });
  renameSync(folder, removed);
  spawn("rm", ["-rf", removed], { detached: true, stdio: "ignore" }).unref();
}

/** A Go that is new enough for both modules: the machine's, or the one that is fetched. */
function ensureGo(root: string, env: NodeJS.ProcessEnv): string {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(root, "toolchain", "cli", "go.mod"), "utf8"))?.[1] ?? "";
  const fetched = join(toolsFolder(), "go");
  for (const go of [executable("go"), fetched]) {
    if (go === undefined || !existsSync(go)) continue;
    const found = execFileSync(go, ["env", "GOVERSION"], { env, encoding: "utf8" }).trim().replace(/^go/, "");
    if (isNewEnough(found, wanted)) return go;
  }
  try {
    execFileSync(join(root, "toolchain", "fetch"), ["go", ...process.argv.slice(2)], { stdio: ["ignore", 2, 2] });
  } catch {
    throw new CliError(`no Go ${wanted} or newer is on the PATH, and none could be fetched: see the messages above`);
  }
  return fetched;
}

/** Go's environment: its caches are the project's, its proxies and checksum rules the machine's. */
function goEnv(caches: string): NodeJS.ProcessEnv {
  const { GOOS: _, GOARCH: __, GOEXPERIMENT: ___, ...env } = process.env;
  return {
    ...env,
    GOCACHE: join(caches, "compiled"),
    GOMODCACHE: join(caches, "modules"),
    GOTMPDIR: join(caches, "temporary"), // /tmp is small where it is in memory
    GOFLAGS: "-modcacherw -buildvcs=false", // without the first, modules could not be removed again
    GOTOOLCHAIN: "local",
    GOWORK: "off",
    CGO_ENABLED: "0", // a bare machine has no C compiler
  };
}

/** Fails where the build could not end well. */
function requireRoom(folder: string, disk: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 1e6);
  if (free < disk) {
    throw new CliError(
      `${folder} has ${free} MB free, building Pulumi needs ${disk} MB: free some, ` +
        "or set XDG_CACHE_HOME to a folder on a larger disk",
    );
  }
  const memory = availableMemory();
  if (memory < NEEDS.memory) {
    throw new CliError(
      `${memory} MB of memory are available, building Pulumi needs ${NEEDS.memory} MB: end other programs`,
    );
  }
}

/** What the kernel could give to new programs without swapping, in MB. */
export function availableMemory(): number {
  const meminfo = existsSync("/proc/meminfo") ? readFileSync("/proc/meminfo", "utf8") : "";
  const kib = /^MemAvailable:\s+(\d+)/m.exec(meminfo)?.[1];
  return Math.floor((kib === undefined ? freemem() : Number(kib) * 1024) / 1e6);
}

/** Runs a program, hands over what it prints line by line, and ends it when this process is told to end. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  lines: { stdout?: (line: string) => void; stderr?: (line: string) => void } = {},
): Promise<void> {
  let child: ChildProcess | undefined;
  let received: NodeJS.Signals | undefined;
  const end = (signal: NodeJS.Signals) => {
    received = signal;
    child?.kill("SIGTERM");
  };
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, end); // first: a child must not outlive this process
  child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const last: string[] = [];
  onLines(child.stdout, (line) => lines.stdout?.(line));
  onLines(child.stderr, (line) => {
    last.push(line);
    if (last.length > 15) last.shift();
    lines.stderr?.(line);
  });
  try {
    const status = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
      child?.once("error", reject);
      child?.once("close", (code, signal) => resolve(code ?? signal));
    });
    if (received !== undefined) {
      const again = "the next run goes on where this one was";
      throw new CliError(`interrupted; ${again}`, 128 + constants.signals[received]);
    }
    if (status === 0) return;
    throw new CliError(
      `${[program, ...args].join(" ")} ended with ${status}:\n${last.join("\n")}\n` +
        "Mend that and run this again: what is downloaded and compiled is kept",
    );
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}

function onLines(input: Readable | null, listener: (line: string) => void): void {
  if (input !== null) createInterface({ input }).on("line", listener);
}
