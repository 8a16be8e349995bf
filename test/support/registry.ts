import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { cacheDir } from "../../cli/paths";
import { makeCertificate } from "./certificate";
import { eventually, temporaryFolder } from "./engine";

/** The one user of a registry with `auth`; the hash is bcrypt's of the password, which is all that the registry takes. */
export const USER = "reader";
export const PASSWORD = "a-right-pass-word";

/** Debian's docker-registry, a process of the test's own with data of its own. */
export interface Registry {
  /** host:port, as references have it. */
  address: string;
  /** Where its data is, for a test that fills or empties the disk. */
  data: string;
  /** The requests that it has answered, one a line: `PUT /v2/... 201`. */
  requests(): string[];
  /** The digest that it holds under a tag, asked as any client would; plain registries only. */
  held(repository: string, tag: string): Promise<string | undefined>;
  /** Makes a tag name the manifest of another one; plain registries only. */
  move(repository: string, tag: string, to: string): Promise<void>;
  /** Removes a manifest, and with it its tags; plain registries only. */
  forget(repository: string, digest: string): Promise<void>;
  /** Ends it; what it holds stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes all it left. */
  remove(): Promise<void>;
}

export interface RegistryOptions {
  /** Address to listen on. Default: 127.0.0.1, where engines take registries without TLS. */
  host?: string;
  /** Asks for USER and PASSWORD. */
  auth?: boolean;
  /** Speaks TLS, with a certificate of an authority of its own: its certificate is `<data>/../ca.crt`. */
  tls?: boolean;
  /** A folder for its data, which is there. */
  data?: string;
}

/** Starts a registry on a free port. */
export async function startRegistry({ host = "127.0.0.1", ...options }: RegistryOptions = {}): Promise<Registry> {
  const program = registryProgram();
  const folder = temporaryFolder({ "data/.keep": "", htpasswd: `${USER}:${PASSWORD_HASH}\n` });
  const at = (name: string) => join(folder.path, name);
  const address = `${host}:${await freePort(host)}`;
  const data = options.data ?? at("data");
  if (options.tls) makeCertificate(folder.path, host);
  const tls = { certificate: at("server.crt"), key: at("server.key") };
  const configuration = {
    version: "0.1",
    log: { accesslog: { disabled: false }, level: "error" },
    storage: { filesystem: { rootdirectory: data }, delete: { enabled: true } },
    http: { addr: address, ...(options.tls && { tls }) },
    ...(options.auth && { auth: { htpasswd: { realm: "test", path: at("htpasswd") } } }),
  };
  writeFileSync(at("config.yml"), JSON.stringify(configuration)); // JSON is YAML too

  let child: ReturnType<typeof spawn> | undefined;
  const log = at("log");
  const start = async () => {
    child = spawn("sh", ["-c", 'exec "$0" serve "$1" >>"$2" 2>&1', program, at("config.yml"), log], {
      stdio: "ignore",
    });
    const answers = () =>
      fetch(`http://${address}/`).then(
        () => true,
        () => false,
      );
    await eventually(`a registry answers at ${address}`, answers);
  };
  const stop = async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  };
  const headers = options.auth ? { authorization: `Basic ${btoa(`${USER}:${PASSWORD}`)}` } : {};
  const request = (repository: string, reference: string, init: RequestInit = {}) =>
    fetch(`http://${address}/v2/${repository}/manifests/${reference}`, {
      ...init,
      headers: { ...headers, accept: MANIFESTS, ...init.headers },
    });
  await start();
  return {
    address,
    data,
    requests: () =>
      [...readFileSync(log, "utf8").matchAll(/"([A-Z]+ \S+) HTTP\/[\d.]+" (\d+)/g)].map(
        ([, what, status]) => `${what} ${status}`,
      ),
    async held(repository, tag) {
      const answer = await request(repository, tag, { method: "HEAD" });
      return answer.ok ? (answer.headers.get("docker-content-digest") ?? undefined) : undefined;
    },
    async move(repository, tag, to) {
      const manifest = await request(repository, to);
      const type = manifest.headers.get("content-type") as string;
      const body = await manifest.text();
      const put = await request(repository, tag, { method: "PUT", body, headers: { "content-type": type } });
      if (!put.ok) throw new Error(`the registry does not move ${tag}: ${put.status} ${await put.text()}`);
    },
    async forget(repository, digest) {
      const removed = await request(repository, digest, { method: "DELETE" });
      if (!removed.ok) throw new Error(`the registry does not remove ${digest}: ${removed.status}`);
    },
    stop,
    start,
    async remove() {
      await stop();
      folder.remove();
    },
  };
}

const PASSWORD_HASH = "$2b$04$abcdefghijklmnopqrstuuol1GEBs7S2lZzu9tpX1ad9bE5V0MW4y";
const MANIFESTS =
  "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

/** Debian's registry: the machine's, or unpacked from its package into the cache, which changes nothing on the machine. */
function registryProgram(): string {
  const installed = "/usr/bin/docker-registry";
  if (existsSync(installed)) return installed;
  const folder = join(cacheDir(), "docker-registry");
  const program = join(folder, installed);
  if (existsSync(program)) return program;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  execFileSync("sh", ["-c", "apt-get download docker-registry && dpkg-deb -x docker-registry_*.deb ."], {
    cwd: draft,
    stdio: ["ignore", "ignore", "inherit"],
  });
  rmSync(folder, { recursive: true, force: true });
  execFileSync("mv", [draft, folder]);
  return program;
}

async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
