import { runningContainer } from "../resources";
import { ALWAYS, rule } from "../rule";

export const noNewPrivileges = rule({
  name: "no-new-privileges",
  description: "No process of a container can gain privileges by a setuid program.",
  severity: "high",
  source: "CIS 5.26",
  levels: ALWAYS,
  remedy: 'add "no-new-privileges" to securityOpts',
  on: runningContainer,
  *check({ securityOpts = [] }) {
    const set = securityOpts.some((option) => /^no-new-privileges([:=]true)?$/.test(option));
    if (!set) yield `securityOpts is ${JSON.stringify(securityOpts)}`;
  },
});
