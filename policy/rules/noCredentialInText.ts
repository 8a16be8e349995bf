import { credentialIn } from "../credentials";
import { ALWAYS, each, rule } from "../rule";
import { workload } from "../workload";

export const noCredentialInText = rule({
  name: "no-credential-in-text",
  description: "No credential stands in a command, a label or a variable, whatever it is named.",
  severity: "critical",
  source: "NIST 4.1.4",
  levels: ALWAYS,
  remedy: "revoke it, and hand its successor over as a file",
  on: workload,
  *check({ environment, texts }) {
    yield* each([...environment, ...texts], function* (text) {
      const kind = text.secret ? undefined : credentialIn(text.value);
      if (kind) yield `${text.path} has ${kind}`;
    });
  },
});
