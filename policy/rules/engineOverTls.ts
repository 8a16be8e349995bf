import { ofType } from "../resources";
import { ALWAYS, rule } from "../rule";

export const engineOverTls = rule({
  name: "engine-over-tls",
  description: "No engine is reached over a network without TLS: who reaches its port is root on its host.",
  severity: "critical",
  source: "CIS 2.7",
  levels: ALWAYS,
  remedy: "set certPath, or use ssh://",
  on: (resource) =>
    ofType<Address>("pulumi:providers:docker")(resource) ?? ofType<Address>("pulumi:providers:cronium")(resource),
  *check({ host, certPath, certMaterial }) {
    if (/^(tcp|http):/.test(host ?? "") && !certPath && !certMaterial) yield `host is ${host}`;
  },
});

interface Address {
  host?: string;
  certPath?: string;
  certMaterial?: string;
}
