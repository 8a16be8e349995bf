import { dockerClient } from "../../docker/client";
import { resolveDockerHost } from "../../docker/host";

/** Everything on the engine that has a name, sorted, one line a thing. */
export async function inventory(): Promise<string[]> {
  const docker = await dockerClient(resolveDockerHost());
  const [containers, networks, { Volumes }, images] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
    docker.listImages(),
  ]);
  return [
    ...containers.flatMap(({ Names }) => Names.map((name) => `container ${name}`)),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...Volumes.map(({ Name }) => `volume ${Name}`),
    ...images.flatMap(({ RepoTags }) => (RepoTags ?? []).map((tag) => `tag ${tag}`)),
  ].sort();
}
