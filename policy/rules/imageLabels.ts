import { builtImage, type Image } from "../resources";
import { names, rule, SHARED } from "../rule";

export const imageLabels = rule<Image, Settings>({
  name: "image-labels",
  description: "Every image says what it is, of which version and under which licence.",
  severity: "low",
  source: "practice",
  levels: SHARED,
  remedy: "set it",
  settings: {
    required: names(
      ["org.opencontainers.image.title", "org.opencontainers.image.version", "org.opencontainers.image.licenses"],
      "labels that an image must have",
    ),
  },
  on: builtImage,
  *check({ labels = {} }, { required }) {
    for (const name of required) if (!labels[name]) yield `labels has no ${name}`;
  },
});

interface Settings {
  required: readonly string[];
}
