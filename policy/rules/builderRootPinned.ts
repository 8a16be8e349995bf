import { parseReference } from "../references";
import { type BuilderRoot, builderRoot } from "../resources";
import { names, rule, SHARED } from "../rule";

export const builderRootPinned = rule<BuilderRoot, Settings>({
  name: "builder-root-pinned",
  description: "Where builds start does not depend on which registry answers.",
  severity: "high",
  source: "CIS 4.2",
  levels: { ...SHARED, dev: "disabled" },
  remedy: "use a reference by digest, or bootstrap",
  settings: { allowed: names(["bootstrap"], "sources beside references by digest") },
  on: builderRoot,
  *check({ source }, { allowed }) {
    if (!parseReference(source).digest && !allowed.includes(source)) yield `source is "${source}"`;
  },
});

interface Settings {
  allowed: readonly string[];
}
