import { parseReference } from "../references";
import { type Image, image } from "../resources";
import { each, matches, names, rule, SHARED } from "../rule";

export const imageTagsAllowed = rule<Image, Settings>({
  name: "image-tags-allowed",
  description: "No image has a tag that the environment does not know.",
  severity: "medium",
  source: "NIST 4.2.2",
  levels: { ...SHARED, dev: "disabled" },
  remedy: "use one of this rule's list, or put the tag on it",
  settings: {
    allowed: names(["latest", "*-alpine", "sha-*", "v*.*.*", "*.*.*"], "tags, without their repositories"),
  },
  on: image,
  *check({ tags }, { allowed }) {
    yield* each(tags, function* (reference) {
      if (!matches(parseReference(reference).tag ?? "", allowed)) yield `tags has ${reference}`;
    });
  },
});

interface Settings {
  allowed: readonly string[];
}
