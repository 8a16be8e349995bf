import type { PolicyResource } from "@pulumi/policy";
import { image } from "../resources";
import { eachResource, matches, SHARED, stackRule } from "../rule";

export const imageSizeBudget = stackRule<Settings>({
  name: "image-size-budget",
  description: "No image that has a tag of its own is larger than its budget.",
  severity: "low",
  source: "CIS 4.3",
  levels: SHARED,
  remedy: "leave out what made it grow, or raise its budget",
  settings: {
    megabytes: {
      type: "object",
      additionalProperties: { type: "number" },
      default: { "*": 250 },
      description: "budgets by image name, in 10^6 bytes; of several patterns the longest holds",
    },
  },
  *checkStack(stack, { megabytes }) {
    yield* eachResource(stack, function* (resource) {
      const { name, props } = resource;
      if (!isTagged(resource)) return;
      const [pattern] = Object.keys(megabytes)
        .filter((key) => matches(name, [key]))
        .sort((a, b) => b.length - a.length);
      const budget = pattern === undefined ? undefined : megabytes[pattern];
      const size = props.sizeBytes / 1e6;
      if (budget !== undefined && size > budget) yield `sizeBytes is ${size.toFixed(1)} MB, more than ${budget} MB`;
    });
  },
});

interface Settings {
  megabytes: Readonly<Record<string, number>>;
}

/** Images that somebody uses by name; intermediate ones have their content tag and no other. */
function isTagged(resource: PolicyResource): boolean {
  const found = image(resource);
  return found !== undefined && found.tags?.length !== 1;
}
