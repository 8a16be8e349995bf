import { type Check, verdict } from "../check";
import { labelsOf } from "../image";
import { LANGUAGES } from "../promises";

const PREFIX = "org.opencontainers.image.";
const REQUIRED = ["title", "version", "licenses"];
/** The keys that the OCI image spec defines (annotations.md), and what their values have to be. */
const KEYS: Readonly<Record<string, RegExp>> = {
  title: /\S/,
  description: /\S/,
  version: /^\S+$/,
  licenses: /^[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*$/,
  authors: /\S/,
  vendor: /\S/,
  created: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
  url: /^https?:\/\/\S+$/,
  documentation: /^https?:\/\/\S+$/,
  source: /^(https?|git|ssh):\/\/\S+$/,
  revision: /^\S+$/,
  "ref.name": /^\S+$/,
  "base.name": /^\S+$/,
  "base.digest": /^sha256:[0-9a-f]{64}$/,
};

/** Labels that say what is promised: with another value nothing would be, and nothing checked. */
const PROMISES: Readonly<Record<string, readonly string[]>> = {
  "dev.cronium.language": LANGUAGES.map(({ name }) => name),
  "dev.cronium.shell": ["true", "false"],
};

export const labelsAreTrue: Check = {
  id: "labels-are-true",
  proves:
    "The image says its title, version and licence in OCI's labels; each of them, and each of what is promised, has a value of its kind.",
  source: "OCI image spec, annotations",
  check: (image) => {
    const ours = Object.entries(labelsOf(image)).filter(([key]) => key.startsWith(PREFIX));
    const labels = new Map(ours.map(([key, value]) => [key.slice(PREFIX.length), value]));
    const violations = [
      ...REQUIRED.filter((key) => !labels.has(key)).map((key) => `${PREFIX}${key} is missing`),
      ...[...labels].flatMap(([key, value]) => {
        const rule = KEYS[key];
        if (!rule) return [`${PREFIX}${key} is no key of the OCI image spec`];
        return rule.test(value) ? [] : [`${PREFIX}${key} is "${value}"`];
      }),
      ...Object.entries(PROMISES).flatMap(([key, values]) => {
        const value = labelsOf(image)[key];
        return value === undefined || values.includes(value) ? [] : [`${key} is "${value}": ${values.join(", ")}`];
      }),
    ];
    return verdict(violations, [...labels].map(([key, value]) => `${key} ${value}`).join(", "));
  },
};
