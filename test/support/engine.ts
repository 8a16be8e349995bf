import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { executable } from "../../cli/executable";
import { installPackages } from "../../cli/install";
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
  /** Ends it and all that it runs, as a crash of the machine would. */
  crash(): Promise<void>;
  /** Starts it again on what is on its disk. */
  start(): Promise<void>;
  /** Gives its disk another size. */
  resize(megabytes: number): void;
  /** Ends it and removes all it left. */
  remove(): Promise<void>;
}

/**
 * Starts dockerd with namespaces of its own for network, mounts and processes, on a disk of `megabytes` in memory; needs root.
 * @param outside gives it a way out of its network, through slirp4netns: builds can then fetch packages
 */
export async function privateEngine(megabytes = 512, outside = false): Promise<PrivateEngine> {
  const folder = temporaryFolder({ "data/.keep": "" });
  const at = (name: string) => join(folder.path, name);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", at("data")]);
  const host = `unix://${at("docker.sock")}`;
  const docker = await dockerClient({ host });
  let ended: Promise<unknown> = Promise.resolve();
  let child: ChildProcess | undefined;
  let wayOut: ChildProcess | undefined;

  const start = async () => {
    for (const name of ["pid", "exec"]) rmSync(at(name), { recursive: true, force: true }); // as a reboot does
    const flags = [
      `--data-root=${at("data")}`,
      `--exec-root=${at("exec")}`,
      `--pidfile=${at("pid")}`,
      `--host=${host}`,
    ];
    const script = 'mount -t proc proc /proc && ip link set lo up && exec dockerd "$@"';
    const apart = ["--net", "--mount", "--pid", "--fork", "--kill-child"];
    child = spawn("unshare", [...apart, "sh", "-c", script, "dockerd", ...flags], { stdio: "ignore" });
    ended = once(child, "exit");
    const answers = () =>
      docker.ping().then(
        () => true,
        () => false,
      );
    await eventually("a private dockerd answers", answers);
    if (outside) wayOut = await openWayOut(child.pid as number);
  };
  const crash = async () => {
    wayOut?.kill("SIGKILL");
    child?.kill("SIGKILL");
    await ended;
  };
  const remove = async () => {
    await crash();
    execFileSync("umount", ["--lazy", at("data")]);
    folder.remove();
  };
  const resize = (size: number) => {
    execFileSync("mount", ["-o", `remount,size=${size}m`, at("data")]);
  };
  await start();
  return { docker, host, crash, start, resize, remove };
}

/** Connects a process' network namespace to what this machine reaches, as rootless engines do it. */
async function openWayOut(pid: number): Promise<ChildProcess> {
  if (executable("slirp4netns") === undefined) {
    await installPackages(["slirp4netns"], "builds of a private engine reach the network through slirp4netns");
  }
  const options = ["--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3"];
  const child = spawn("slirp4netns", [...options, String(pid), "tap0"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const ready = once(child.stdio[3] as NodeJS.ReadableStream, "data");
  const failed = once(child, "exit").then(() => {
    throw new Error("slirp4netns ended at once: is there /dev/net/tun?");
  });
  await Promise.race([ready, failed]);
  failed.catch(() => undefined);
  return child;
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
