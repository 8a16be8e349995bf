import { type Docker, found } from "./client";
import { imageIdOf } from "./tags";

/** Who holds the names of a stack on an engine: the labels of the claim's volume. */
export interface Claim {
  /** A UUID of its own for each claim. */
  id: string;
  /** The stack that claims. */
  stack: string;
  /** Who and where, for people to read. */
  owner: string;
}

/** Names of things on an engine, by kind. */
export interface EngineNames {
  tags: string[];
  containers: string[];
  networks: string[];
  volumes: string[];
}

const LABELS = { id: "dev.cronium.claim", stack: "dev.cronium.stack", owner: "dev.cronium.owner" };

/** The claim that a volume carries; undefined when there is no such volume. A volume without labels has an empty id. */
export async function readClaim(docker: Docker, volume: string): Promise<Claim | undefined> {
  const labels = await found(
    docker
      .getVolume(volume)
      .inspect()
      .then((about) => about.Labels ?? {}),
  );
  if (!labels) return undefined;
  return { id: labels[LABELS.id] ?? "", stack: labels[LABELS.stack] ?? "", owner: labels[LABELS.owner] ?? "" };
}

/** Makes the claim, unless another one is there; returns the one that is there now. */
export async function makeClaim(docker: Docker, volume: string, claim: Claim): Promise<Claim> {
  const labels = { [LABELS.id]: claim.id, [LABELS.stack]: claim.stack, [LABELS.owner]: claim.owner };
  // An engine answers with the volume that exists, if one does: of two at once, the first wins.
  await docker.createVolume({ Name: volume, Labels: labels });
  return (await readClaim(docker, volume)) ?? claim;
}

/** Removes the claim if it is still the one with this id. */
export async function removeClaim(docker: Docker, volume: string, id: string): Promise<void> {
  if ((await readClaim(docker, volume))?.id === id) await found(docker.getVolume(volume).remove());
}

/** Those of the names that exist on the engine, in words such as "container runtime-api". */
export async function existing(docker: Docker, names: EngineNames): Promise<string[]> {
  const checks = [
    ...names.tags.map((name) => ["tag", name, imageIdOf(docker, name)] as const),
    ...names.containers.map((name) => ["container", name, found(docker.getContainer(name).inspect())] as const),
    ...names.networks.map((name) => ["network", name, networkNamed(docker, name)] as const),
    ...names.volumes.map((name) => ["volume", name, found(docker.getVolume(name).inspect())] as const),
  ];
  const answers = await Promise.all(checks.map(([, , answer]) => answer));
  return checks.filter((_, index) => answers[index]).map(([kind, name]) => `${kind} ${name}`);
}

/** Networks are listed, not inspected: inspecting takes the beginning of an id for a name. */
async function networkNamed(docker: Docker, name: string): Promise<boolean> {
  const networks = await docker.listNetworks({ filters: { name: [name] } });
  return networks.some((network) => network.Name === name);
}
