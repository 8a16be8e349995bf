import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Docker } from "./client";
import { imageIdOf } from "./tags";

/** No registry answered, as opposed to one that answered no. */
export class RegistryUnreachableError extends Error {}

/** Pulls an image by digest and returns the engine's id of it. */
export async function pullImage(
  docker: Docker,
  reference: string,
  options: { platform?: string; onLine?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const { platform, onLine, signal } = options;
  try {
    const pulled = await docker.pull(reference, { platform, abortSignal: signal });
    for await (const line of createInterface({ input: pulled as unknown as Readable })) {
      const { status, error } = JSON.parse(line) as { status?: string; error?: string };
      if (error) throw new Error(error);
      if (status) onLine?.(status);
    }
  } catch (error) {
    signal?.throwIfAborted();
    const { message, json } = error as Error & { json?: { message?: string } };
    const reason = (json?.message ?? message).trim();
    throw UNREACHABLE.test(reason) ? new RegistryUnreachableError(reason) : new Error(reason);
  }
  const id = await imageIdOf(docker, reference);
  if (!id) throw new Error(`the engine pulled ${reference}, but does not know it`);
  return id;
}

// The engine passes on Go's network errors as text only.
const UNREACHABLE = /dial tcp|no such host|lookup |timeout|connection (refused|reset)|network is unreachable|EOF|x509/i;
