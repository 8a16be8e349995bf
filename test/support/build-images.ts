/*
 * Builds all images: for a process of its own, with its folder, umask and time zone.
 * Usage: node --import ./register.mjs test/support/build-images.ts [options] NAMESPACE [ARGUMENT=VALUE...]
 * --cold: from nothing, without a cache; else on the dev stack's root. --registry ADDRESS: the cold root goes there, is gone
 * here, and comes back by its digest. --extra-ca FILE: as the setting. ARGUMENT: of the builds.
 * Prints {image: contentDigest}; leaves the images under NAMESPACE/<name>:latest.
 */
import { parseArgs } from "node:util";
import { bootstrapImage } from "../../docker/bootstrap";
import { buildImage } from "../../docker/build";
import { canonicalImage } from "../../docker/canonical";
import { type Docker, dockerClient } from "../../docker/client";
import { loginFor, registryOf } from "../../docker/credentials";
import { resolveDockerHost } from "../../docker/host";
import { machineSecrets, proxyArgs } from "../../docker/machine";
import { pullImage } from "../../docker/pull";
import { heldDigest, pushImage } from "../../docker/registry";
import { imageIdOf, removeIfUnused, removeTag, setTag } from "../../docker/tags";
import { BUILDS, labelsOf } from "./images";

interface Options {
  cold?: boolean;
  registry?: string;
  "extra-ca"?: string;
}

async function build(
  namespace: string,
  given: Record<string, string>,
  { cold, registry, "extra-ca": extraCa }: Options,
): Promise<Record<string, string>> {
  const docker = await dockerClient(resolveDockerHost());
  const onLine = (line: string) => process.stderr.write(`${line}\n`);
  const secrets = await machineSecrets(extraCa);
  const references: Record<string, string> = {};
  const name = async (image: string, id: string) => {
    const reference = `${namespace}/${image}:latest`;
    await setTag(docker, id, reference);
    references[image.toUpperCase().replace("-", "_")] = reference;
  };
  if (cold) {
    const made = await bootstrapImage(docker, { suite: "trixie", onLine });
    await name("builder-root", registry ? await pulled(docker, made, `${registry}/${namespace}/root`) : made);
  }
  const digests: Record<string, string> = {};
  for (const { name: image, folder, target } of BUILDS) {
    const id = await buildImage(docker, {
      context: `images/${folder}`,
      target,
      buildArgs: { ...proxyArgs(), ...references, ...given },
      labels: labelsOf(image),
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

/** Pushes an image, removes it here and pulls it by its digest; returns the id of what was pulled. */
async function pulled(docker: Docker, imageId: string, repository: string): Promise<string> {
  const tag = `${repository}:latest`;
  const login = await loginFor(registryOf(tag));
  await setTag(docker, imageId, tag);
  await pushImage(docker, tag, { login });
  const digest = await heldDigest(docker, tag, login);
  await removeTag(docker, imageId, tag);
  await removeIfUnused(docker, imageId);
  if (await imageIdOf(docker, imageId)) throw new Error(`image ${imageId} is still on the engine`);
  return await pullImage(docker, `${repository}@${digest}`);
}

const { values, positionals } = parseArgs({
  options: { cold: { type: "boolean" }, registry: { type: "string" }, "extra-ca": { type: "string" } },
  allowPositionals: true,
});
const [namespace = "", ...pairs] = positionals;
const given = Object.fromEntries(pairs.map((pair) => pair.split("=") as [string, string]));
build(namespace, given, values).then((digests) => process.stdout.write(`${JSON.stringify(digests)}\n`));
