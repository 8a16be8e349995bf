import type { Docker } from "../../docker/client";

const namespace = process.env.CRONIUM_TEST_NAMESPACE;

/** The reference of a stack's image: the dev stack's, unless CRONIUM_TEST_NAMESPACE names another stack's namespace. */
export function imageRef(name: string): string {
  return `${namespace ? `${namespace}/` : ""}cronium/${name}:latest`;
}

/** Throws, naming the way out, unless the engine has all of the images. */
export async function requireImages(docker: Docker, ...names: string[]): Promise<void> {
  for (const ref of names.map(imageRef)) {
    await docker
      .getImage(ref)
      .inspect()
      .catch((error: { statusCode?: number }) => {
        if (error.statusCode !== 404) throw error;
        throw new Error(`there is no image ${ref} on the engine: run ./cronium up, or set CRONIUM_TEST_NAMESPACE`);
      });
  }
}
