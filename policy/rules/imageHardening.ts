import { builtImage, type Image } from "../resources";
import { matches, names, rule, SHARED } from "../rule";

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
    extraPackages: names(["*"], "the Debian packages that EXTRA_PACKAGES may add"),
  },
  on: builtImage,
  *check({ buildArgs = {} }, { required, extraPackages }) {
    for (const [name, wanted] of Object.entries(required)) {
      const value = buildArgs[name];
      if (value === undefined) yield `buildArgs.${name} is not set`;
      else if (!matches(value, [wanted])) yield `buildArgs.${name} is "${value}", not "${wanted}"`;
    }
    for (const name of (buildArgs.EXTRA_PACKAGES ?? "").split(" ").filter(Boolean)) {
      if (!matches(name, extraPackages)) yield `buildArgs.EXTRA_PACKAGES adds ${name}`;
    }
  },
});

interface Settings {
  required: Readonly<Record<string, string>>;
  extraPackages: readonly string[];
}
