import { network } from "../resources";
import { ALWAYS, eachResource, matches, names, stackRule } from "../rule";
import { networksOf } from "../stack";

export const egressMembers = stackRule<Settings>({
  name: "egress-members",
  description: "Nothing but the sidecar is on a network that is the way out.",
  severity: "critical",
  source: "NIST 4.4.2",
  levels: ALWAYS,
  remedy: "let it ask the sidecar, or put it on this rule's list of members",
  settings: {
    networks: names(["*egress*"], "names of networks that are a way out"),
    members: names(["runtime-api"], "names of the containers and services that may be on them"),
  },
  *checkStack(stack, { networks, members }) {
    const ways = stack.filter((resource) => network(resource) && matches(resource.name, networks));
    yield* eachResource(stack, function* (resource) {
      if (matches(resource.name, members)) return;
      for (const way of networksOf(resource, ways)) yield `is on ${way.name}`;
    });
  },
});

interface Settings {
  networks: readonly string[];
  members: readonly string[];
}
