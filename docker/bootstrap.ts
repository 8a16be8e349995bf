import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Docker } from "./client";
import { machineSources, withoutCredentials } from "./machine";

/** What to make a root file system of. */
export interface BootstrapOptions {
  /** Debian suite, such as "trixie". */
  suite: string;
  /** Such as linux/arm64. Default: the engine's own, which need not be this machine's. */
  platform?: string;
  /** Gets what mmdebstrap says, for people to read. */
  onLine?: (line: string) => void;
  /** Aborting it stops mmdebstrap. */
  signal?: AbortSignal;
}

/**
 * Makes an image of a minimal Debian out of Debian's signed packages, with mmdebstrap (as root or in a user namespace) and
 * no container registry, and returns its id; it has no tag yet. It takes about 20 s and 130 MB. The machine's mirror is
 * used, if it has one, and is not left inside.
 */
export async function bootstrapImage(docker: Docker, options: BootstrapOptions): Promise<string> {
  const { platform = `linux/${(await docker.version()).Arch}` } = options;
  const child = spawn("mmdebstrap", await mmdebstrapArguments({ ...options, platform }), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, SOURCE_DATE_EPOCH: "0" },
    signal: options.signal,
  });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (text) => {
    const line = withoutCredentials(text);
    said.push(line);
    options.onLine?.(line.replace(/^I: /, ""));
  });
  const exited = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [ended, imported] = await Promise.allSettled([exited, importImage(docker, child.stdout, options.platform)]);

  options.signal?.throwIfAborted();
  if (ended.status === "fulfilled" && ended.value === 0 && imported.status === "fulfilled") return imported.value;
  if (imported.status === "fulfilled") await docker.getImage(imported.value).remove(); // of half a tar
  if (ended.status === "rejected") throw ended.reason.code === "ENOENT" ? new Error(MISSING) : ended.reason;
  if (ended.value === 0) throw (imported as PromiseRejectedResult).reason;
  throw new Error(
    [`mmdebstrap failed (status ${ended.value}), suite ${options.suite}:`, ...said.slice(-10), REMEDY].join("\n  "),
  );
}

const REMEDY =
  "Check this machine's Debian mirror, proxy and certificates, or set cronium:builderRoot to an image by digest.";

const MISSING =
  "the builder's root file system is made from Debian's packages, but mmdebstrap is not installed: install it " +
  "(`apt-get install mmdebstrap`), or set cronium:builderRoot to an image by digest " +
  "(`pulumi config set cronium:builderRoot REPOSITORY@sha256:...`).";

/** The keys of Debian's archive, where Debian and Ubuntu have them. */
export const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

async function mmdebstrapArguments({
  suite,
  platform,
}: Required<Pick<BootstrapOptions, "suite" | "platform">>): Promise<string[]> {
  const { DEBIAN_MIRROR: mirror, DEBIAN_SECURITY_MIRROR: security, APT_PROXY: proxy } = await machineSources();
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  const sources = mirror && [
    `deb ${signed}${mirror} ${suite} main`,
    `deb ${signed}${mirror} ${suite}-updates main`,
    ...(security ? [`deb ${signed}${security} ${suite}-security main`] : []),
  ];
  // What mmdebstrap writes of this machine into the root; its own default mirror may stay.
  const ours = ["etc/hostname", "etc/resolv.conf", "etc/apt/apt.conf.d/99mmdebstrap"];
  const removed = [...ours, ...(sources ? ["etc/apt/sources.list", "etc/apt/sources.list.d/*"] : [])];
  return [
    "--variant=minbase",
    "--format=tar",
    "--include=ca-certificates",
    `--architectures=${debianArchitecture(platform)}`,
    ...(proxy ? [`--aptopt=Acquire::http::Proxy "${proxy}"`] : []),
    `--customize-hook=cd "$1" && rm -f ${removed.join(" ")}`,
    suite,
    "-",
    ...(sources || []),
  ];
}

function debianArchitecture(platform: string): string {
  const architecture = platform.split("/")[1] ?? platform;
  return { arm: "armhf", "386": "i386", ppc64le: "ppc64el" }[architecture] ?? architecture;
}

/** Imports a file system as an image without a tag; the engine's answer ends with its id. */
async function importImage(docker: Docker, tar: Readable, platform?: string): Promise<string> {
  const options = { fromSrc: "-", ...(platform ? { platform } : {}) };
  const request = { method: "POST", path: "/images/create?", options, file: tar, isStream: true };
  const answer = await new Promise<Readable>((resolve, reject) => {
    docker.modem.dial({ ...request, statusCodes: { 200: true, 500: "server error" } } as never, (error, stream) =>
      error ? reject(error) : resolve(stream as Readable),
    );
  });
  let id: string | undefined;
  for await (const line of createInterface({ input: answer })) {
    const { status, error } = JSON.parse(line) as { status?: string; error?: string };
    if (error) throw new Error(`the engine cannot import the root file system: ${error}`);
    if (status?.startsWith("sha256:")) id = status;
  }
  if (!id) throw new Error("the engine ended the import of the root file system without an image");
  return id;
}
