import type { PolicyResource } from "@pulumi/policy";
import { isPinned, parseReference } from "../references";
import { container } from "../resources";
import { eachResource, SHARED, stackRule } from "../rule";
import { workload } from "../workload";

export const imagesFromHere = stackRule({
  name: "images-from-here",
  description: "Every image in use is built by the stack, pulled by it, or named by its digest; none is just there.",
  severity: "high",
  source: "NIST 4.1.5",
  levels: SHARED,
  remedy: "make it a resource of the stack and use that resource's output, or append @sha256: and the digest",
  *checkStack(stack) {
    const images = stack.filter(({ type }) => IMAGES.has(type));
    yield* eachResource(stack, function* (resource) {
      const found = workload(resource);
      if (!found) return;
      const property = container(resource) ? "image" : "taskSpec";
      if (resource.propertyDependencies[property]?.some(({ type }) => IMAGES.has(type))) return;
      const { path, value = "" } = found.image;
      // image-pinned speaks of names that may change, and a registry has what a digest names.
      if (!isPinned(value) || parseReference(value).digest) return;
      if (!images.some((image) => namesOf(image).includes(value))) yield `${path} is "${value}"`;
    });
  },
});

const IMAGES = new Set([
  "cronium:index:Image",
  "docker-build:index:Image",
  "docker:index/image:Image",
  "docker:index/registryImage:RegistryImage",
  "docker:index/remoteImage:RemoteImage",
]);

/** All that an image resource's outputs call the image. */
function namesOf({ props }: PolicyResource): unknown[] {
  return [
    props.imageId,
    props.ref,
    props.contentTag,
    props.name,
    props.imageName,
    props.repoDigest,
    ...(props.tags ?? []),
  ];
}
