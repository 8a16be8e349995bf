import { lastDay, lastDayOf } from "../lifecycles";
import { builderRoot, remoteImage } from "../resources";
import { type Resource, rule, SHARED } from "../rule";
import { workload } from "../workload";

export const releaseSupported = rule({
  name: "release-supported",
  description: "No image is of a release that gets no security updates any more.",
  severity: "high",
  source: "NIST 4.1.1",
  levels: SHARED,
  remedy: "move to a release that does",
  on: releaseOf,
  *check({ path, value, end }) {
    if (end < new Date().toISOString().slice(0, end.length))
      yield `${path} is "${value}", which had its last security update on ${end}`;
  },
});

function releaseOf(resource: Resource): { path: string; value: string; end: string } | undefined {
  const root = builderRoot(resource);
  if (root) return known("suite", root.suite, lastDay("debian", root.suite));
  const { path, value } = workload(resource)?.image ?? { path: "name", value: remoteImage(resource)?.name };
  return value === undefined ? undefined : known(path, value, lastDayOf(value));
}

function known(path: string, value: string, end: string | undefined) {
  return end === undefined ? undefined : { path, value, end };
}
