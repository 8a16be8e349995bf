import { ofType } from "../resources";
import { ALWAYS, rule } from "../rule";

export const generatedSecretLength = rule<{ length: number }, { minimum: number }>({
  name: "generated-secret-length",
  description: "Every generated password has the strength of 128 bits.",
  severity: "medium",
  source: "OWASP ASVS 11.5.1",
  levels: ALWAYS,
  remedy: "raise length",
  settings: {
    minimum: {
      type: "integer",
      minimum: 1,
      default: 22,
      description: "characters; 22 letters and digits are 128 bits",
    },
  },
  on: ofType("random:index/randomPassword:RandomPassword"),
  *check({ length }, { minimum }) {
    if (length < minimum) yield `length is ${length}, less than ${minimum}`;
  },
});
