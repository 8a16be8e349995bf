import { eachResource, matches, SHARED, stackRule } from "../rule";
import { publishedImage } from "../stack";

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
      const { name } = resource;
      const image = publishedImage(resource);
      if (!image) return;
      const [pattern] = Object.keys(megabytes)
        .filter((key) => matches(name, [key]))
        .sort((a, b) => b.length - a.length);
      const budget = pattern === undefined ? undefined : megabytes[pattern];
      const size = (image.sizeBytes ?? 0) / 1e6;
      if (budget !== undefined && size > budget) yield `sizeBytes is ${size.toFixed(1)} MB, more than ${budget} MB`;
    });
  },
});

interface Settings {
  megabytes: Readonly<Record<string, number>>;
}
