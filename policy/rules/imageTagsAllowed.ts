import { parseReference } from "../references";
import { type Image, image } from "../resources";
import { each, matches, names, rule, SHARED } from "../rule";

export const imageTagsAllowed = rule<Image, Settings>({
  name: "image-tags-allowed",
  description: "No image has a tag that says it is not for this environment.",
  severity: "medium",
  source: "NIST 4.2.2",
  levels: { ...SHARED, dev: "disabled" },
  remedy: "leave it out here, or take it off this rule's list",
  settings: {
    forbidden: names(
      ["dev", "dev-*", "*-dev", "test", "test-*", "*-test", "wip*", "*-wip", "*snapshot*", "*dirty*"],
      "tags, without their repositories",
    ),
  },
  on: image,
  *check({ tags }, { forbidden }) {
    yield* each(tags, function* (reference) {
      if (matches(parseReference(reference).tag ?? "", forbidden)) yield `tags has ${reference}`;
    });
  },
});

interface Settings {
  forbidden: readonly string[];
}
