import { network } from "../resources";
import { ALWAYS, rule } from "../rule";

export const networkEncrypted = rule({
  name: "network-encrypted",
  description: "What containers on an overlay network say to each other is encrypted between hosts.",
  severity: "high",
  source: "CIS 7.3",
  levels: ALWAYS,
  remedy: 'set options.encrypted to "true"',
  on: network,
  *check({ driver, options = {} }) {
    if (driver === "overlay" && !/^(true)?$/.test(options.encrypted ?? "false")) {
      yield `options.encrypted is ${options.encrypted ?? "not set"}`;
    }
  },
});
