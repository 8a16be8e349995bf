import { connect } from "node:net";
import { dockerClient, isNotFound } from "../docker/client";
import { type DockerHost, resolveDockerHost } from "../docker/host";
import { CliError } from "./errors";
import { executable } from "./executable";
import { builderPackages, enginePackages, installPackages, isDebian, manualInstall, startEngine } from "./install";

export interface EngineWish {
  /** Packages may be installed. */
  install: boolean;
  /** An installed engine may be started. */
  start: boolean;
  /** The address that the stack's settings name. */
  docker: { host?: string; certPath?: string };
  /** The image that will be made with mmdebstrap unless it is there. */
  bootstrap: string | undefined;
}

/**
 * Sees to it that a Docker engine answers: the one that is named, or one on this machine, which is started and, on
 * Debian and Ubuntu as root, installed when it is missing.
 * @throws CliError with the commands to type where that cannot be done
 */
export async function ensureEngine(wish: EngineWish): Promise<DockerHost> {
  const at = resolveDockerHost(wish.docker);
  const problem = await problemWith(at);
  if (problem === undefined) {
    if (wish.bootstrap !== undefined) await ensureBuilderPackages(at, wish.bootstrap, wish);
    return at;
  }
  const isRoot = process.getuid?.() === 0;
  const missing = [...(executable("dockerd") ? [] : enginePackages()), ...(wish.bootstrap ? builderPackages() : [])];
  const message = `no Docker engine answers at ${at.host} (from ${at.source}): ${problem}.`;
  if (!isUsual(at))
    throw new CliError(`${message} Start that engine, or name another: docker:host, DOCKER_HOST, a context`);
  if (problem === "EACCES") {
    throw new CliError(`${message} Type: sudo usermod -aG docker $USER (it makes you root there), then log in again`);
  }
  if (!isRoot || !wish.start || (missing.length > 0 && !(wish.install && isDebian()))) {
    throw new CliError(`${message} ${manualInstall(missing)}`);
  }
  if (missing.length > 0) await installPackages(missing, `${message} Installing one`);
  const local: DockerHost = { host: "unix:///var/run/docker.sock", source: "the usual socket" };
  await startEngine(async () => (await problemWith(local)) === undefined);
  return resolveDockerHost(wish.docker);
}

/** Whether the address is one that a local installation listens on, chosen by nobody. */
export function isUsual({ host, source }: DockerHost): boolean {
  return host === "unix:///var/run/docker.sock" || source === "the usual socket";
}

/** Why the engine does not answer (an error code or a sentence), or undefined if it does, within ten seconds. */
export async function problemWith(at: DockerHost): Promise<string | undefined> {
  if (at.host.startsWith("unix://")) return pingSocket(at.host.slice("unix://".length));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, `no answer within ${TIMEOUT_MS / 1000} s`);
  });
  const answer = dockerClient(at)
    .then((docker) => docker.ping())
    .then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

const TIMEOUT_MS = 10_000;

/** A client's ping by hand: loading one, or node:http, would take longer than all the rest of this program. */
function pingSocket(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    let answer = "";
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("end", () => {
      const status = /^HTTP\/1\.\d (\d+)/.exec(answer)?.[1];
      resolve(status === "200" ? undefined : `HTTP status ${status ?? "none"}`);
    });
    socket.end("GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n");
  });
}

async function ensureBuilderPackages(at: DockerHost, image: string, { install }: EngineWish): Promise<void> {
  const missing = builderPackages();
  if (missing.length === 0 || (await hasImage(at, image))) return;
  const why = "the builder root is made with mmdebstrap and the keys of Debian's archive, which are not all installed";
  if (process.getuid?.() !== 0 || !install || !isDebian()) throw new CliError(`${why}. ${manualInstall(missing)}`);
  await installPackages(missing, why);
}

async function hasImage(at: DockerHost, image: string): Promise<boolean> {
  try {
    await (await dockerClient(at)).getImage(image).inspect();
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
