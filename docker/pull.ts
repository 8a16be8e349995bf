import type { Docker } from "./client";
import { type Login, loginFor, registryOf } from "./credentials";
import { followTransfer, registryError } from "./registry";
import { imageIdOf } from "./tags";

/**
 * Pulls an image by digest and returns the engine's id of it.
 * @param options `login` is Docker's own for the registry unless given
 * @throws RegistryError
 */
export async function pullImage(
  docker: Docker,
  reference: string,
  options: { login?: Login; platform?: string; onLine?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const { platform, onLine, signal } = options;
  const login = options.login ?? (await loginFor(registryOf(reference)));
  try {
    const pulled = await docker.pull(reference, { platform, abortSignal: signal, authconfig: login.auth });
    await followTransfer(pulled, onLine);
  } catch (error) {
    signal?.throwIfAborted();
    throw registryError(error, reference, login);
  }
  const id = await imageIdOf(docker, reference);
  if (!id) throw new Error(`the engine pulled ${reference}, but does not know it`);
  return id;
}
