import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { type Docker, isNotFound } from "./client";
import { type Login, registryOf } from "./credentials";

/** Why a registry did not do what was asked. */
export type RegistryFailure = "refused" | "untrusted" | "plain" | "unknown" | "absent" | "busy" | "other";

/** One sentence on what a registry did not do, with the remedy; no credentials are in it. */
export class RegistryError extends Error {
  readonly failure: RegistryFailure;

  /** @param error what the engine said of the registry, as an answer or in a stream */
  constructor(error: unknown, reference: string, login: Login) {
    const { message, json } = error as Error & { json?: { message?: string } };
    const reason = (json?.message ?? message).trim();
    const failure = KINDS.find(([, pattern]) => pattern.test(reason))?.[0] ?? "other";
    super(WORDS[failure](registryOf(reference), reason, reference, login));
    this.failure = failure;
  }
}

/**
 * The digest of the manifest that a registry holds under a reference, by tag or by digest; undefined when it holds none.
 * The engine asks the registry (GET /distribution), so it is reached the way that the engine pushes and pulls.
 */
export async function heldDigest(
  docker: Docker,
  reference: string,
  login: Login,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const request = {
    path: `/distribution/${reference}/json`,
    method: "GET",
    authconfig: login.auth,
    abortSignal: signal,
    statusCodes: { 200: true },
  };
  try {
    const answer = await new Promise((resolve, reject) => {
      docker.modem.dial(request as never, (error: unknown, found: unknown) => (error ? reject(error) : resolve(found)));
    });
    return (answer as { Descriptor: { digest: string } }).Descriptor.digest;
  } catch (error) {
    signal?.throwIfAborted();
    const failure = registryError(error, reference, login);
    if (isNotFound(error) || (failure instanceof RegistryError && failure.failure === "unknown")) return undefined;
    throw failure;
  }
}

/**
 * Pushes one tag of an image, `registry/repository:tag`, which has to name it on the engine. What is there already is not
 * sent again.
 */
export async function pushImage(
  docker: Docker,
  tag: string,
  { login, onLine, signal }: { login: Login; onLine?: (line: string) => void; signal?: AbortSignal },
): Promise<void> {
  try {
    await followTransfer(await docker.getImage(tag).push({ authconfig: login.auth, abortSignal: signal }), onLine);
  } catch (error) {
    signal?.throwIfAborted();
    throw registryError(error, tag, login);
  }
}

/** What to throw for an error of the engine's: it is the registry's, unless the engine itself is away. */
export function registryError(error: unknown, reference: string, login: Login): unknown {
  const { syscall, code } = error as NodeJS.ErrnoException;
  return syscall !== undefined || code === "ECONNRESET" ? error : new RegistryError(error, reference, login);
}

/** Follows a push or a pull to its end; an error inside the stream is thrown. */
export async function followTransfer(stream: NodeJS.ReadableStream, onLine?: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    const { id, status, progress, error } = JSON.parse(line) as Record<string, string | undefined>;
    if (error) throw new Error(error);
    if (status) onLine?.([id && `${id}:`, status, progress].filter(Boolean).join(" "));
  }
}

/** Does something again, for a while, that a registry failed at for a reason that may pass. */
export async function patiently<T>(
  work: () => Promise<T>,
  { onLine, signal }: { onLine?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (let wait = FIRST_PAUSE_MS; ; wait *= 2) {
    try {
      return await work();
    } catch (error) {
      const passing = error instanceof RegistryError && (error.failure === "absent" || error.failure === "busy");
      if (!passing || Date.now() + wait > until) throw error;
      onLine?.(`${error.message} Trying again in ${wait / 1000} s`);
      await pause(wait, undefined, { signal });
    }
  }
}

// An engine itself sends a layer again for most of a minute; what fails sooner is tried again here.
const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 500;

// The engine passes on Go's network errors and registries' answers as text only. The first that matches counts.
const KINDS: readonly [RegistryFailure, RegExp][] = [
  ["plain", /server gave HTTP response to HTTPS client/i],
  ["untrusted", /x509|certificate/i],
  ["refused", /unauthorized|authentication required|no basic auth credentials|denied|forbidden/i],
  ["unknown", /manifest unknown|name unknown|not found/i],
  ["absent", /dial tcp|no such host|lookup |timeout|connection (refused|reset)|network is unreachable|no route|EOF/i],
  ["busy", /status:? .*(429|5\d\d)|too ?many ?requests|unavailable|internal server error/i],
];

const WORDS: Record<RegistryFailure, (registry: string, reason: string, reference: string, login: Login) => string> = {
  refused: (registry, reason, reference, { source }) =>
    `registry ${registry} refuses ${source} for ${reference} (${reason}): set cronium:registryUser and ` +
    "cronium:registryPassword, or `docker login`. A refresh asks with those of the last up: an up without --refresh " +
    "brings new ones.",
  untrusted: (registry, reason) =>
    `the engine does not trust the certificate of registry ${registry} (${reason}): put its authority into ` +
    `/etc/docker/certs.d/${registry}/ca.crt on the engine's machine.`,
  plain: (registry, reason) =>
    `registry ${registry} speaks no TLS (${reason}): give it a certificate, or list it under insecure-registries in the ` +
    "engine's daemon.json.",
  unknown: (registry, reason, reference) =>
    `registry ${registry} does not hold ${reference} (${reason}): name an image that it has.`,
  absent: (registry, reason) =>
    `no registry answers at ${registry} (${reason}): start it, or name another with cronium:registry.`,
  busy: (registry, reason, reference) =>
    `registry ${registry} fails at ${reference} (${reason}): its log says why; a full disk is the usual cause.`,
  other: (registry, reason, reference) => `registry ${registry} fails at ${reference}: ${reason}.`,
};
