import type { PolicyResource } from "@pulumi/policy";
import { container, type Image, image, service } from "./resources";

/** Those of a stack's networks that a container or service is on. */
export function networksOf(resource: PolicyResource, networks: readonly PolicyResource[]): PolicyResource[] {
  const running = container(resource);
  const joined = running
    ? [running.networkMode, ...(running.networksAdvanced ?? []).map(({ name }) => name)]
    : (service(resource)?.taskSpec.networksAdvanceds ?? []).flatMap(({ name, id }) => [name, id]);
  return networks.filter(({ props }) => joined.some((name) => name && name === (isId(name) ? props.id : props.name)));
}

/** An image that somebody uses by name; intermediate ones have their content tag and no other. */
export function publishedImage(resource: PolicyResource): Image | undefined {
  const found = image(resource);
  return found?.tags?.length === 1 ? undefined : found;
}

/** A network's id, in a swarm or not. */
function isId(name: string): boolean {
  return /^([0-9a-f]{64}|[0-9a-z]{25})$/.test(name);
}
