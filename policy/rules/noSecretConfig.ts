import { credentialIn } from "../credentials";
import { ofType } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noSecretConfig = rule({
  name: "no-secret-config",
  description: "No Swarm config holds a credential: every manager shows it in plain text.",
  severity: "high",
  source: "CIS 7.4",
  levels: ALWAYS,
  remedy: "use docker.Secret, which is encrypted in the swarm and a file in the container",
  on: ofType<{ data?: string; dataRaw?: string }>("docker:index/serviceConfig:ServiceConfig"),
  *check({ data, dataRaw }) {
    const kind = credentialIn(dataRaw ?? Buffer.from(data ?? "", "base64").toString());
    if (kind) yield `${dataRaw === undefined ? "data" : "dataRaw"} has ${kind}`;
  },
});
