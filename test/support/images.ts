import type { Docker } from "../../docker/client";

/** One image's build: a context under images/, the target in it, and the images that it starts from, each made before it. */
export interface ImageBuild {
  name: string;
  folder: string;
  target?: string;
  from: string[];
}

/** All builds, as index.ts has them, in an order that works. */
export const BUILDS: readonly ImageBuild[] = [
  { name: "builder", folder: "base", target: "builder", from: [] },
  { name: "base", folder: "base", from: ["builder"] },
  { name: "node", folder: "nodejs", target: "node", from: ["base"] },
  { name: "bash", folder: "bash", from: ["base"] },
  { name: "python", folder: "python", from: ["base"] },
  { name: "nodejs", folder: "nodejs", from: ["base"] },
  { name: "runtime-api", folder: "runtime-api", from: ["node"] },
  { name: "valkey", folder: "valkey", from: ["base"] },
];

/** The images that users have, the base first. */
export const IMAGES = ["base", "bash", "python", "nodejs", "runtime-api", "valkey"];

/** The labels that the stack gives an image. */
export function labelsOf(name: string): Record<string, string> {
  return {
    "org.opencontainers.image.title": `cronium/${name}`,
    "org.opencontainers.image.version": "0.1.0",
    "org.opencontainers.image.licenses": "Apache-2.0",
  };
}

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

/** The id of the stack's builder, which has only the tag of its content. */
export async function builderImage(docker: Docker): Promise<string> {
  const repository = imageRef("builder").replace(/:latest$/, "");
  const [found] = await docker.listImages({ filters: { reference: [repository] } });
  if (!found)
    throw new Error(`there is no image ${repository} on the engine: run ./cronium up, or set CRONIUM_TEST_NAMESPACE`);
  return found.Id;
}
