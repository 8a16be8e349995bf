import { type Docker, isNotFound } from "../../docker/client";
import { isGone, ownIdentity } from "./owner";

/** On everything that a run makes: the execution's id, the process that removes it, and when it is over anyway. */
const LABEL = "dev.cronium.run";
const OWNER = `${LABEL}.owner`;
const UNTIL = `${LABEL}.until`;

/** @param until seconds since 1970 */
export function runLabels(executionId: string, until: number): Record<string, string> {
  return { [LABEL]: executionId, [OWNER]: ownIdentity(), [UNTIL]: String(until) };
}

/** Names the run's container and network. */
export function runName(executionId: string): string {
  return `cronium-run-${executionId}`;
}

/**
 * Makes the network of one run, on which the job sees the sidecar and nothing else: internal, and without an address
 * of the host, which an internal bridge would still have.
 * @returns its id
 */
export async function makeNetwork(docker: Docker, executionId: string, until: number): Promise<string> {
  const { id } = await docker.createNetwork({
    Name: runName(executionId),
    Driver: "bridge",
    Internal: true,
    CheckDuplicate: true,
    Options: { "com.docker.network.bridge.inhibit_ipv4": "true" },
    Labels: runLabels(executionId, until),
  });
  return id;
}

/** Puts the sidecar on the network, under the names that contract.md gives it. */
export async function connectSidecar(docker: Docker, network: string, sidecar: string): Promise<void> {
  await docker
    .getNetwork(network)
    .connect({ Container: sidecar, EndpointConfig: { Aliases: ["runtime-api", "runtime"] } });
}

/** Removes a run's network, with whoever is on it. It may be gone already. */
export async function removeNetwork(docker: Docker, id: string): Promise<void> {
  const network = docker.getNetwork(id);
  await unlessGone(async () => {
    const { Containers = {} } = (await network.inspect()) as { Containers?: Record<string, unknown> };
    for (const container of Object.keys(Containers)) {
      await unlessGone(() => network.disconnect({ Container: container, Force: true }));
    }
    await network.remove();
  });
}

/** Removes a run's container, running or not. It may be gone already. */
export async function removeContainer(docker: Docker, id: string): Promise<void> {
  await unlessGone(() => docker.getContainer(id).remove({ force: true, v: true }));
}

/** Removes what runs left behind that were killed before they could. */
export async function sweepRuns(docker: Docker): Promise<void> {
  const { containers, networks } = await leftovers(docker);
  for (const { Id } of containers) await removeContainer(docker, Id);
  for (const { Id } of networks) await removeNetwork(docker, Id);
}

/** The names of what killed runs left behind. */
export async function jobLeftovers(docker: Docker): Promise<string[]> {
  const { containers, networks } = await leftovers(docker);
  return [
    ...containers.map(({ Names }) => `container ${Names[0]?.slice(1)}`),
    ...networks.map(({ Name }) => `network ${Name}`),
  ];
}

async function leftovers(docker: Docker) {
  const filters = { label: [LABEL] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  const left = ({ Labels = {} }: { Labels?: Record<string, string> }) =>
    isGone(Labels[OWNER] ?? "", Number(Labels[UNTIL] ?? 0));
  return { containers: containers.filter(left), networks: networks.filter(left) };
}

async function unlessGone(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    // 409: somebody else is removing it right now.
    if (!isNotFound(error) && statusCode !== 409) throw error;
  }
}
