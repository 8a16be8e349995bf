import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The one address of the Docker engine, and where it came from (for messages). */
export interface DockerHost {
  /** unix://, tcp://, http://, https:// or ssh:// URL. */
  host: string;
  /** Folder with ca.pem, cert.pem and key.pem; a tcp:// host with one is reached over TLS. */
  certPath?: string;
  /** What decided: a setting, a variable, a context or a socket's path. */
  source: string;
}

/**
 * Finds the engine's address as the docker CLI does: the setting `docker:host`, DOCKER_HOST, DOCKER_CONTEXT or the
 * current context of config.json, then the first usual socket that exists (rootless and Docker Desktop ones too).
 * Does not connect. Throws when a named context does not exist or the address is malformed.
 */
export function resolveDockerHost(configured: { host?: string; certPath?: string } = {}): DockerHost {
  const { DOCKER_HOST, DOCKER_CONTEXT, DOCKER_TLS_VERIFY } = process.env;
  const certPath = process.env.DOCKER_CERT_PATH || (DOCKER_TLS_VERIFY ? configDir() : undefined);

  if (configured.host) return checked(configured.host, configured.certPath ?? certPath, "the setting docker:host");
  if (DOCKER_HOST) return checked(DOCKER_HOST, certPath, "DOCKER_HOST");
  if (DOCKER_CONTEXT) return fromContext(DOCKER_CONTEXT, "DOCKER_CONTEXT") ?? usualSocket();
  const current = currentContext();
  return (current && fromContext(current, join(configDir(), "config.json"))) || usualSocket();
}

/** Whether somebody named the engine, as opposed to one that happened to be there. */
export function isNamed({ source }: DockerHost): boolean {
  return source !== USUAL && source !== DEFAULT;
}

/** The sockets that engines usually listen on, most usual first. */
function usualSockets(): string[] {
  const uid = process.getuid?.();
  const runtimeDir = process.env.XDG_RUNTIME_DIR;
  return [
    "/var/run/docker.sock",
    ...(runtimeDir ? [join(runtimeDir, "docker.sock")] : []),
    ...(uid === undefined ? [] : [`/run/user/${uid}/docker.sock`]),
    join(homedir(), ".docker", "run", "docker.sock"),
    join(homedir(), ".docker", "desktop", "docker.sock"),
  ];
}

const USUAL = "the usual socket";
const DEFAULT = "the default: no usual socket exists";

function usualSocket(): DockerHost {
  const found = usualSockets().find((path) => existsSync(path));
  if (found) return { host: `unix://${found}`, source: USUAL };
  return { host: "unix:///var/run/docker.sock", source: DEFAULT };
}

function fromContext(name: string, origin: string): DockerHost | undefined {
  if (name === "default") return undefined;
  // The CLI's store names each folder after the context: github.com/docker/cli/cli/context/store.
  const id = createHash("sha256").update(name).digest("hex");
  const meta = readJson(join(configDir(), "contexts", "meta", id, "meta.json")) as ContextMeta | undefined;
  const host = meta?.Endpoints?.docker?.Host;
  if (!host) {
    throw new Error(
      `Docker context "${name}" (from ${origin}) has no docker endpoint in ${configDir()}: ` +
        "name another with `docker context use`, or set DOCKER_HOST.",
    );
  }
  const tls = join(configDir(), "contexts", "tls", id, "docker");
  return checked(host, existsSync(join(tls, "cert.pem")) ? tls : undefined, `context "${name}" from ${origin}`);
}

interface ContextMeta {
  Endpoints?: { docker?: { Host?: string } };
}

function currentContext(): string | undefined {
  return (readJson(join(configDir(), "config.json")) as { currentContext?: string } | undefined)?.currentContext;
}

function configDir(): string {
  return process.env.DOCKER_CONFIG || join(homedir(), ".docker");
}

function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path} cannot be read as JSON (${(error as Error).message}): mend or remove it.`);
  }
}

function checked(host: string, certPath: string | undefined, source: string): DockerHost {
  const url = host.includes("://") ? host : `tcp://${host}`;
  const scheme = url.slice(0, url.indexOf("://"));
  const rest = url.slice(scheme.length + 3);
  if (!["unix", "tcp", "http", "https", "ssh"].includes(scheme) || !rest) {
    throw new Error(
      `Docker host "${host}" (from ${source}) is not an address this works with: ` +
        "use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.",
    );
  }
  return { host: url, ...(certPath && scheme !== "unix" && scheme !== "ssh" ? { certPath } : {}), source };
}
