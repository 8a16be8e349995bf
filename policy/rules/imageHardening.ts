import { builtImage, type Image } from "../resources";
import { matches, rule, SHARED } from "../rule";

export const imageHardening = rule<Image, Settings>({
  name: "image-hardening",
  description: "Every image is built with the arguments that harden it.",
  severity: "medium",
  source: "CIS 4.3",
  levels: SHARED,
  remedy: "set it as this rule's list has it",
  settings: {
    required: {
      type: "object",
      additionalProperties: { type: "string" },
      default: { STRIP: "true", KEEP_SHELL: "*" },
      description: "build arguments and their values; * stands for anything",
    },
  },
  on: builtImage,
  *check({ buildArgs = {} }, { required }) {
    for (const [name, wanted] of Object.entries(required)) {
      const value = buildArgs[name];
      if (value === undefined) yield `buildArgs.${name} is not set`;
      else if (!matches(value, [wanted])) yield `buildArgs.${name} is "${value}", not "${wanted}"`;
    }
  },
});

interface Settings {
  required: Readonly<Record<string, string>>;
}
