import { isSecretName } from "../credentials";
import { ALWAYS, each, rule } from "../rule";
import { workload } from "../workload";

export const noPlainSecretEnv = rule({
  name: "no-plain-secret-env",
  description: "No variable that is named like a secret has a value that is no Pulumi secret.",
  severity: "critical",
  source: "NIST 4.1.4",
  levels: ALWAYS,
  remedy:
    "hand the secret over as a file, or make the value a secret: it stands in the state and in previews in plain text",
  on: workload,
  *check({ environment }) {
    yield* each(environment, function* (variable) {
      if (variable.secret) return;
      if (isSecretName(variable.name) && variable.value !== "") yield `${variable.path} is in plain text`;
    });
  },
});
