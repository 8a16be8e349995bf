import { runningContainer } from "../resources";
import { ALWAYS, each, rule } from "../rule";

export const noForeignNamespace = rule({
  name: "no-foreign-namespace",
  description: "No container enters the namespaces of another.",
  severity: "high",
  source: "NIST 4.4.3",
  levels: ALWAYS,
  remedy: "give each container namespaces of its own and let them talk over a network",
  on: runningContainer,
  *check(container) {
    yield* each(["networkMode", "pidMode", "ipcMode"] as const, function* (mode) {
      if (container[mode]?.startsWith("container:")) yield `${mode} is "${container[mode]}"`;
    });
  },
});
