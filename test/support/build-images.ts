/*
 * Builds all images: for a process of its own, with its folder, umask and time zone.
 * Usage: node --import ./register.mjs test/support/build-images.ts NAMESPACE [--cold] [ARGUMENT=VALUE...]
 * --cold: from nothing, without a cache; else on the dev stack's root. ARGUMENT: of the builds.
 * Prints {image: contentDigest}; leaves the images under NAMESPACE/<name>:latest.
 */
import { bootstrapImage } from "../../docker/bootstrap";
import { buildImage } from "../../docker/build";
import { canonicalImage } from "../../docker/canonical";
import { dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";
import { machineSecrets, proxyArgs } from "../../docker/machine";
import { setTag } from "../../docker/tags";

/** As index.ts has them: each after those it builds on. */
const IMAGES: readonly (readonly [name: string, folder: string, target?: string])[] = [
  ["builder", "base", "builder"],
  ["base", "base"],
  ["node", "nodejs", "node"],
  ["bash", "bash"],
  ["python", "python"],
  ["nodejs", "nodejs"],
  ["runtime-api", "runtime-api"],
  ["valkey", "valkey"],
];

async function build(namespace: string, cold: boolean, given: Record<string, string>): Promise<Record<string, string>> {
  const docker = await dockerClient(resolveDockerHost());
  const onLine = (line: string) => process.stderr.write(`${line}\n`);
  const secrets = await machineSecrets();
  const references: Record<string, string> = {};
  const name = async (image: string, id: string) => {
    const reference = `${namespace}/${image}:latest`;
    await setTag(docker, id, reference);
    references[image.toUpperCase().replace("-", "_")] = reference;
  };
  if (cold) await name("builder-root", await bootstrapImage(docker, { suite: "trixie", onLine }));
  const digests: Record<string, string> = {};
  for (const [image, folder, target] of IMAGES) {
    const id = await buildImage(docker, {
      context: `images/${folder}`,
      target,
      buildArgs: { ...proxyArgs(), ...references, ...given },
      labels: {
        "org.opencontainers.image.title": `cronium/${image}`,
        "org.opencontainers.image.version": "0.1.0",
        "org.opencontainers.image.licenses": "Apache-2.0",
      },
      secrets,
      noCache: cold,
      onLine,
    });
    const { imageId, contentDigest } = await canonicalImage(docker, id);
    await name(image, imageId);
    digests[image] = contentDigest;
  }
  return digests;
}

const [namespace = "", ...rest] = process.argv.slice(2);
const pairs = rest.filter((argument) => argument !== "--cold").map((pair) => pair.split("=") as [string, string]);
build(namespace, rest.includes("--cold"), Object.fromEntries(pairs)).then((digests) =>
  process.stdout.write(`${JSON.stringify(digests)}\n`),
);
