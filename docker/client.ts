import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import type { DockerHost } from "./host";

export type { Docker };

/**
 * A client of the engine at `host`. Everything is taken from the argument, nothing from DOCKER_HOST, so that each part
 * of the project talks to the same engine. Does not connect; dockerode is loaded at the first call.
 */
export async function dockerClient({ host, certPath }: Pick<DockerHost, "host" | "certPath">): Promise<Docker> {
  const { default: Dockerode } = await import("dockerode");
  // dockerode fills what is missing from DOCKER_HOST: say all of it.
  const nothing = { host: undefined, port: undefined, socketPath: undefined, ca: undefined, cert: undefined };
  const options = { ...nothing, key: undefined, username: undefined, protocol: undefined, timeout: 0 };
  if (host.startsWith("unix://")) return new Dockerode({ ...options, socketPath: host.slice("unix://".length) });

  const url = new URL(host);
  if (url.protocol === "ssh:") {
    const sshOptions = { agent: process.env.SSH_AUTH_SOCK };
    const username = decodeURIComponent(url.username) || undefined;
    return new Dockerode({
      ...options,
      protocol: "ssh",
      host: url.hostname,
      port: url.port || 22,
      username,
      sshOptions,
    });
  }
  const pem = (name: string) => readFileSync(join(certPath as string, name));
  const tls = certPath ? { ca: pem("ca.pem"), cert: pem("cert.pem"), key: pem("key.pem") } : {};
  const secure = certPath !== undefined || url.protocol === "https:";
  const port = url.port || (secure ? 2376 : 2375);
  return new Dockerode({ ...options, ...tls, protocol: secure ? "https" : "http", host: url.hostname, port });
}

/** The one error for an engine that does not answer, or no longer; any other error is returned as it is. */
export function unreachable(error: unknown, at: DockerHost): Error {
  const failure = error as NodeJS.ErrnoException & { statusCode?: number };
  const lost = failure.code === "ECONNRESET" || failure.code === "EPIPE";
  if (
    failure.statusCode !== undefined ||
    !(lost || failure.syscall === "connect" || failure.syscall === "getaddrinfo")
  ) {
    return failure;
  }
  return new Error(
    `no Docker engine answers at ${at.host} (${at.source}): ${failure.code ?? failure.message}. ` +
      "Start it (`systemctl start docker`), or name another with DOCKER_HOST or `pulumi config set docker:host`.",
  );
}

/** The words that engines and the steps of their builds have for a full disk. */
export const NO_SPACE = /no space left on device/i;

/** The one error for a full disk of the engine; `where` says what needed the space. */
export function diskFull(where: string): Error {
  return new Error(`the Docker engine's disk is full, ${where}: free some (\`docker system prune\`) and run again`);
}

/** Words an engine's error for people: one sentence with a remedy where there is one. */
export function explained(error: unknown, at: DockerHost): Error {
  const { statusCode, message } = error as Error & { statusCode?: number };
  return statusCode !== undefined && NO_SPACE.test(message) ? diskFull(`at ${at.host}`) : unreachable(error, at);
}

/** True for the engine's answer "no such object". */
export function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

/** What the engine answers; undefined when there is no such object. */
export async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
