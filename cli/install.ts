import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { KEYRING } from "../docker/bootstrap";
import { CliError, say } from "./errors";
import { executable } from "./executable";
import { Progress } from "./progress";

/** Debian, Ubuntu and what derives from them. */
export function isDebian(osRelease = "/etc/os-release"): boolean {
  if (!existsSync(osRelease) || executable("apt-get") === undefined) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync(osRelease, "utf8"));
}

/** The packages of an engine, without those that only recommend themselves. */
export function enginePackages(): string[] {
  const debian = /^ID=debian$/m.test(readOr("/etc/os-release", ""));
  const version = Number(/^VERSION_ID="?(\d+)/m.exec(readOr("/etc/os-release", ""))?.[1] ?? 0);
  return [
    "docker.io",
    // Since Debian 13 the `docker` command is apart from the engine.
    ...(debian && version >= 13 ? ["docker-cli"] : []),
    "iptables",
    ...(executable("mount") ? [] : ["mount"]),
    // With AppArmor in the kernel no container starts until its profile can be loaded.
    ...(readOr("/sys/module/apparmor/parameters/enabled", "N").startsWith("Y") ? ["apparmor"] : []),
  ];
}

/** The packages that make the builder root, as far as they are missing. */
export function builderPackages(): string[] {
  return [
    ...(executable("mmdebstrap") ? [] : ["mmdebstrap"]),
    // Ubuntu's mmdebstrap only recommends it.
    ...(isDebian() && !existsSync(KEYRING) ? ["debian-archive-keyring"] : []),
  ];
}

/** What to type where cronium may not or cannot do it. */
export function manualInstall(packages: readonly string[]): string {
  const engine = packages.length === 0 || packages.includes("docker.io");
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  const start = existsSync(SYSTEMD) ? `${sudo}systemctl start docker` : `${sudo}dockerd &`;
  if (packages.length === 0) return `Type: ${start}`;
  if (isDebian()) {
    const commands = [
      `${sudo}apt-get update`,
      `${sudo}apt-get install --no-install-recommends ${packages.join(" ")}`,
      ...(engine ? [start] : []),
    ];
    return `Type:\n${commands.map((command) => `    ${command}`).join("\n")}`;
  }
  if (process.platform === "darwin") return "Install and start Docker Desktop or Colima, then run this again";
  const names = packages.map((name) => (name === "docker.io" ? "the Docker engine" : name)).join(", ");
  return `Install ${names} with this system's package manager${engine ? `, then type: ${start}` : ""}`;
}

/** Installs Debian packages, saying so first. Runs as root. */
export async function installPackages(packages: readonly string[], why: string): Promise<void> {
  say(`${why}: apt-get install ${packages.join(" ")} (--no-install prevents it)`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1" };
  const options = ["-q", "-o", "Dpkg::Use-Pty=0"];
  const install = [...options, "install", "-y", "--no-install-recommends", ...packages];
  const progress = new Progress(`installing ${packages.join(", ")}`, INSTALL_SECONDS);
  try {
    await command("apt-get", [...options, "update"], env, () => progress.update(0.1, "lists of packages"));
    let total = packages.length;
    let done = 0;
    await command("apt-get", install, env, (line) => {
      total = Number(/(\d+) newly installed/.exec(line)?.[1] ?? total);
      if (!/^(Unpacking|Setting up) /.test(line)) return;
      progress.update(0.2 + (0.8 * ++done) / (2 * total), line.split(" (")[0] as string);
    });
  } finally {
    progress.end();
  }
}

/**
 * Starts the installed engine: with systemd where it runs, else by hand, detached from this process.
 * @param answers whether it answers already
 */
export async function startEngine(answers: () => Promise<boolean>): Promise<void> {
  if (existsSync(SYSTEMD)) {
    say("starting the Docker engine: systemctl start docker");
    await command("systemctl", ["start", "docker"]);
    return waitFor(answers, "journalctl -u docker shows why", () => undefined);
  }
  // A package's start script may just have started it.
  if (await answers()) return;
  await mountControlGroups();
  say(`starting the Docker engine: dockerd, its log is ${LOG}`);
  const log = openSync(LOG, "a");
  const dockerd = spawn(executable("dockerd") ?? "dockerd", [], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log, log],
    env: { ...process.env, ...(isMountPoint("/") ? {} : { DOCKER_RAMDISK: "true" }) },
  });
  let failure: string | undefined;
  dockerd.on("error", (error) => {
    failure = error.message;
  });
  dockerd.on("exit", (status) => {
    failure = `dockerd ended with status ${status}: ${readOr(LOG, "").trimEnd().split("\n").slice(-3).join("\n")}`;
  });
  dockerd.unref();
  await waitFor(answers, `${LOG} shows why`, () => failure);
}

const SYSTEMD = "/run/systemd/system";
const LOG = "/var/log/dockerd.log";

/** Most seconds that an engine may take to answer, and how many it usually takes. */
const START_SECONDS = 60;
const USUAL_START_SECONDS = 4;

/** Seconds that an engine's packages usually take. */
const INSTALL_SECONDS = 20;

async function waitFor(answers: () => Promise<boolean>, hint: string, failed: () => string | undefined): Promise<void> {
  const until = Date.now() + START_SECONDS * 1000;
  const progress = new Progress("waiting for the Docker engine", USUAL_START_SECONDS);
  try {
    while (!(await answers())) {
      const failure = failed();
      if (failure !== undefined) throw new CliError(`the Docker engine did not start: ${failure}`);
      if (Date.now() > until) throw new CliError(`the Docker engine does not answer after ${START_SECONDS} s; ${hint}`);
      await delay(200);
    }
  } finally {
    progress.end();
  }
}

/** A bare root, as a container or a chroot has it, lacks the control groups that an init system mounts. */
async function mountControlGroups(): Promise<void> {
  const base = "/sys/fs/cgroup";
  if (!existsSync("/sys/fs")) await command("mount", ["-t", "sysfs", "sysfs", "/sys"]);
  if (isMountPoint(base)) return;
  say(`mounting control groups at ${base}: the engine needs them`);
  const inUse = version1Hierarchies(readOr("/proc/cgroups", ""));
  if (inUse.length === 0) return command("mount", ["-t", "cgroup2", "cgroup2", base]);
  await command("mount", ["-t", "tmpfs", "-o", "mode=755", "cgroup", base]);
  for (const name of inUse) {
    mkdirSync(`${base}/${name}`);
    await command("mount", ["-t", "cgroup", "-o", name, "cgroup", `${base}/${name}`]);
  }
}

/** The mount options of each version 1 hierarchy that the kernel has (`cpu,cpuacct`); none where version 2 is in use. */
export function version1Hierarchies(cgroups: string): string[] {
  const hierarchies = new Map<string, string[]>();
  for (const line of cgroups.split("\n")) {
    const [name = "", hierarchy = "0", , enabled] = line.split("\t");
    if (name.startsWith("#") || hierarchy === "0" || enabled !== "1") continue;
    hierarchies.set(hierarchy, [...(hierarchies.get(hierarchy) ?? []), name]);
  }
  return [...hierarchies.values()].map((names) => names.join(","));
}

/** pivot_root, which starts a container, fails where / is a plain folder (a chroot): then the engine must not use it. */
function isMountPoint(folder: string): boolean {
  return readOr("/proc/self/mountinfo", "")
    .split("\n")
    .some((line) => line.split(" ")[4] === folder);
}

function readOr(file: string, fallback: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : fallback;
}

/** Runs a command, whose output is shown if it fails. */
async function command(
  name: string,
  args: readonly string[],
  env = process.env,
  onLine: (line: string) => void = () => undefined,
): Promise<void> {
  const child = spawn(executable(name) ?? name, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close") as Promise<[number | null]>;
  const lines: string[] = [];
  await Promise.all([
    ended,
    ...[child.stdout, child.stderr].map(async (stream) => {
      for await (const line of createInterface({ input: stream })) {
        lines.push(line);
        onLine(line);
      }
    }),
  ]);
  const [status] = await ended;
  if (status === 0) return;
  const output = lines.slice(-20).map((line) => `\n    ${line}`);
  throw new CliError(`\`${name} ${args.join(" ")}\` failed with status ${status}:${output.join("")}`);
}
