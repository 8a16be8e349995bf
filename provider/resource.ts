import type { Docker } from "../docker/client";
import type { Login } from "../docker/credentials";
import type { DockerHost } from "../docker/host";
import type { DetailedDiff } from "./diff";
import type { Failure } from "./fields";
import type { Properties } from "./properties";

/** What a call of the Pulumi engine brings along. */
export interface Call {
  urn: string;
  /** The Docker engine of this provider. */
  at: DockerHost;
  /** Connects at the first call. */
  docker(): Promise<Docker>;
  /** A PEM file of certificate authorities that builds trust beside the machine's. */
  extraCa?: string;
  /** The credentials for a reference's registry. */
  login(reference: string): Promise<Login>;
  /** Aborted when the Pulumi engine cancels. */
  signal: AbortSignal;
  /** Shows what goes on at the resource's line; it is kept nowhere. */
  progress(line: string): void;
  /** Tags that a Namespace of this program claims: whatever they name on the engine, they are ours to set. */
  claimed: Set<string>;
}

/** A resource that exists: its last inputs, and its state, which is the inputs and outputs of then. */
export interface Recorded {
  id: string;
  state: Properties;
  olds: Properties;
}

/**
 * The life of one kind of resource, in Pulumi's words. Inputs come in plain; what is returned are outputs only, which the
 * server adds to the inputs as they came, secrets and all.
 */
export interface ResourceKind {
  /** Returns what is wrong, and the inputs to set or to bring into order. `olds` is absent for a new resource. */
  check(call: Call, olds: Properties | undefined, news: Properties): Promise<Checked>;
  /** `replaces` lists the top-level inputs whose change needs a new resource. */
  diff(state: Properties, olds: Properties, news: Properties): { changes: DetailedDiff; replaces?: string[] };
  create(call: Call, news: Properties, preview: boolean): Promise<{ id: string; outputs: Properties }>;
  /** Returns undefined when the resource is gone. */
  read(call: Call, recorded: Recorded): Promise<Properties | undefined>;
  update(call: Call, recorded: Recorded, news: Properties, preview: boolean): Promise<Properties>;
  delete(call: Call, recorded: Recorded): Promise<void>;
}

export interface Checked {
  failures: Failure[];
  inputs: Properties;
}

/** The resource exists, but not all of it could be done: Pulumi keeps it and updates it next time. */
export class PartialError extends Error {
  readonly existing: { id: string; outputs: Properties };

  constructor(existing: PartialError["existing"], cause: unknown) {
    super((cause as Error).message, { cause });
    this.existing = existing;
  }
}

/** A resource's name, the last part of its URN. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
