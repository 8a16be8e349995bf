import { ADVISED, eachResource, matches, names, stackRule } from "../rule";
import { publishedImage } from "../stack";

export const imageHealthcheck = stackRule<Settings>({
  name: "image-healthcheck",
  description:
    "Every image that has a tag of its own, built or promoted, has a health check, but for those that others build on.",
  severity: "medium",
  source: "CIS 4.6",
  levels: ADVISED,
  remedy: "add HEALTHCHECK to its Dockerfile, or its name to this rule's list if nothing runs it",
  settings: { bases: names(["base", "*-base"], "names of images that nothing runs") },
  *checkStack(stack, { bases }) {
    yield* eachResource(stack, function* (resource) {
      if (matches(resource.name, bases)) return;
      const test = publishedImage(resource)?.config?.healthcheck;
      if (test && (test.length === 0 || test[0] === "NONE")) yield `config.healthcheck is ${JSON.stringify(test)}`;
    });
  },
});

interface Settings {
  bases: readonly string[];
}
