import { isPinned } from "../references";
import { builtImage } from "../resources";
import { ALWAYS, each, rule } from "../rule";

export const imageBasePinned = rule({
  name: "image-base-pinned",
  description: "Every image is built on images that can not change under their names without a new build.",
  severity: "high",
  source: "CIS 4.2",
  levels: ALWAYS,
  remedy: "use a digest or a content tag, or add the content's digest to triggers under the same key",
  on: builtImage,
  *check({ baseImages = {}, triggers = {} }) {
    yield* each(Object.keys(baseImages), function* (key) {
      const reference = baseImages[key] as string;
      if (!isPinned(reference) && !isPinned(triggers[key] ?? "")) yield `baseImages.${key} is "${reference}"`;
    });
  },
});
