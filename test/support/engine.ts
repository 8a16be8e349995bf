import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Docker, dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";

/** A client of the engine that the project would use here. */
export async function machineEngine(): Promise<Docker> {
  return dockerClient(resolveDockerHost());
}

/** A name that no other test has: `test-<random>`. */
export function testName(): string {
  return `test-${randomBytes(4).toString("hex")}`;
}

/** A folder with the given files, by path; `remove` takes it away. */
export function temporaryFolder(files: Record<string, string> = {}): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "cronium-test-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Polls until `condition` holds; throws with `what` after a time. */
export async function eventually(what: string, condition: () => unknown, milliseconds = 20_000): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await pause(50)) if (await condition()) return;
  throw new Error(`${what}: not within ${milliseconds / 1000} s`);
}

/** Imports an image that has a shell and the given programs of this machine, a few MB: a base that needs no network. */
export async function importShell(
  docker: Docker,
  tag: string,
  programs = ["sh", "sleep", "cat", "seq", "ls"],
): Promise<void> {
  const paths = programs.map((name) => execFileSync("which", [name], { encoding: "utf8" }).trim());
  const libraries = execFileSync("ldd", paths, { encoding: "utf8" }).match(/\/\S+\.so\S*/g) ?? [];
  const names = [...new Set([...paths, ...libraries])];
  // Both /bin and /usr/bin are looked for, whichever a program was found in; links are followed.
  const args = ["-ch", "--transform=s,^usr/bin/,bin/,", ...names.map((name) => name.slice(1))];
  const tar = execFileSync("tar", args, { cwd: "/", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "ignore"] });
  const [repo, name] = tag.split(":");
  const stream = await docker.importImage(tar as never, { repo, tag: name });
  await new Promise((resolve, reject) =>
    docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve(0))),
  );
}

/** An engine of the test's own, which it may starve or kill. */
export interface PrivateEngine {
  docker: Docker;
  host: string;
  /** Ends the engine as a crash would, and what it runs. */
  crash(): Promise<void>;
  /** Ends it and removes all it left. */
  remove(): Promise<void>;
}

/** Starts dockerd in a network namespace of its own, on a disk in memory of `megabytes`; needs root. */
export async function privateEngine(megabytes = 512): Promise<PrivateEngine> {
  const folder = temporaryFolder({ "data/.keep": "" });
  const at = (name: string) => join(folder.path, name);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", at("data")]);
  const flags = { "data-root": "data", "exec-root": "exec", pidfile: "pid", host: "docker.sock" };
  const words = Object.entries(flags).map(([flag, name]) => `--${flag}=${flag === "host" ? "unix://" : ""}${at(name)}`);
  const script = 'ip link set lo up; exec dockerd "$@"';
  const child = spawn("unshare", ["--net", "sh", "-c", script, "dockerd", ...words], { stdio: "ignore" });
  const exited = new Promise((resolve) => child.on("exit", resolve));
  const host = `unix://${at("docker.sock")}`;
  const docker = await dockerClient({ host });

  const containerd = at("exec/containerd/containerd.pid");
  const kill = (pid: number, signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      // it has ended already
    }
  };
  const crash = async () => {
    const pids = existsSync(containerd) ? [Number(readFileSync(containerd, "utf8"))] : [];
    kill(child.pid as number, "SIGKILL");
    await exited;
    for (const pid of pids) kill(pid, "SIGKILL");
    for (const pid of pids) await eventually("containerd ends", () => !existsSync(`/proc/${pid}`));
  };
  const remove = async () => {
    kill(child.pid as number, "SIGTERM");
    await exited;
    execFileSync("umount", ["--lazy", at("data")]);
    folder.remove();
  };
  await eventually("a private dockerd answers", () =>
    docker.ping().then(
      () => true,
      () => statSync(folder.path) && false,
    ),
  );
  return { docker, host, crash, remove };
}

/** The command lines of all processes of this machine, one a line: an engine's steps are among them. */
export async function processes(): Promise<string> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return ""; // it has ended meanwhile
    }
  });
  return lines.join("\n");
}
