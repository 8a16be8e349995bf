import type * as docker from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import type { Resource } from "./rule";

export type Container = Unwrap<docker.ContainerArgs>;
export type Service = Unwrap<docker.ServiceArgs>;
export type Network = Unwrap<docker.NetworkArgs>;
export type Volume = Unwrap<docker.VolumeArgs>;

/** What rules look at of `cronium:index:Image`; the last two are outputs, which only a whole stack shows. */
export interface Image {
  /** Absent for an image that is not built here. */
  context?: string;
  buildArgs?: Readonly<Record<string, string>>;
  baseImages?: Readonly<Record<string, string>>;
  triggers?: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
  tags?: readonly string[];
  sizeBytes?: number;
  /** Absent for one that an earlier version of the provider has made. */
  config?: { readonly user: string; readonly healthcheck: readonly string[] };
}

/** The inputs of `cronium:index:BuilderRoot` that rules look at. */
export interface BuilderRoot {
  source: string;
  reference?: string;
  suite: string;
}

export const container = ofType<Container>("docker:index/container:Container");
export const service = ofType<Service>("docker:index/service:Service");
export const network = ofType<Network>("docker:index/network:Network");
export const volume = ofType<Volume>("docker:index/volume:Volume");
export const remoteImage = ofType<Unwrap<docker.RemoteImageArgs>>("docker:index/remoteImage:RemoteImage");
export const image = ofType<Image>("cronium:index:Image");
export const builderRoot = ofType<BuilderRoot>("cronium:index:BuilderRoot");

/** Containers, but for those that never run. */
export function runningContainer(resource: Typed): Container | undefined {
  const found = container(resource);
  return found && !isIdle(found) ? found : undefined;
}

/** A container that is only made, for its uploads: nothing in it ever runs. */
export function isIdle({ start, mustRun }: Container): boolean {
  return start === false && mustRun === false;
}

/** Images that are built here, from a context. */
export function builtImage(resource: Resource): Image | undefined {
  const found = image(resource);
  return found?.context === undefined ? undefined : found;
}

/** What every selector needs: a resource, before it is made or in a stack. */
export type Typed = Pick<Resource, "type" | "props">;

/** Selects the resources of a type, with the properties that the type has. */
export function ofType<Properties>(type: string): (resource: Typed) => Properties | undefined {
  return (resource) => (resource.type === type ? (resource.props as Properties) : undefined);
}
