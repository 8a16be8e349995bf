import { ContainerWorkload } from "./containerWorkload";
import { container, isIdle, service, type Typed } from "./resources";
import { ServiceWorkload } from "./serviceWorkload";

/** What runs: a container, or the containers of a Swarm service; the same things under the names that each gives them. */
export interface Workload {
  readonly image: Property<string>;
  readonly user: Property<string>;
  readonly readOnly: Property<boolean>;
  readonly capabilityAdds: Property<readonly string[]>;
  readonly capabilityDrops: Property<readonly string[]>;
  readonly groups: Property<readonly string[]>;
  /** Mebibytes. */
  readonly memory: Property<number>;
  readonly cpus: Property<string | number>;
  readonly healthcheck: Property<readonly string[]>;
  readonly logDriver: Property<string>;
  readonly logOptions: Property<Readonly<Record<string, string>>>;
  readonly sysctls: Property<Readonly<Record<string, string>>>;
  /** One entry for each published port; 0 is a port that the engine chooses. */
  readonly publishedPorts: readonly Property<number>[];
  readonly mounts: readonly Mount[];
  readonly environment: readonly Text[];
  /** Everything that `docker inspect` shows in plain text beside the environment: commands and labels. */
  readonly texts: readonly Text[];
}

/** A property: its path in the resource and its value. */
export interface Property<T> {
  readonly path: string;
  readonly value: T | undefined;
}

export interface Mount {
  readonly path: string;
  readonly kind: string;
  /** A path of the host or the name of a volume. */
  readonly source: string | undefined;
  readonly target: string | undefined;
  readonly readOnly: boolean;
  readonly propagation: string | undefined;
  /** Bytes, of a tmpfs. */
  readonly size: number | undefined;
}

export interface Text {
  readonly path: string;
  /** The variable's name; empty for other texts. */
  readonly name: string;
  readonly value: string;
  /** Whether it is a Pulumi secret. */
  readonly secret: boolean;
}

/** Containers and services, also those that never run. */
export function workload(resource: Typed): Workload | undefined {
  const found = container(resource);
  if (found) return new ContainerWorkload(found);
  const swarm = service(resource);
  return swarm && new ServiceWorkload(swarm);
}

/** Containers and services, but for containers that never run. */
export function runningWorkload(resource: Typed): Workload | undefined {
  const found = container(resource);
  return found && isIdle(found) ? undefined : workload(resource);
}
