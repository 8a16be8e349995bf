import { parseReference } from "../references";
import { remoteImage } from "../resources";
import { rule, SHARED } from "../rule";

export const remoteImagePinned = rule({
  name: "remote-image-pinned",
  description: "Every image that is pulled is named by its digest.",
  severity: "high",
  source: "CIS 4.2",
  levels: SHARED,
  remedy: "append @sha256: and the digest that you have checked",
  on: (resource) => {
    const found = remoteImage(resource);
    return found?.build ? undefined : found;
  },
  *check({ name }) {
    if (!parseReference(name).digest) yield `name is "${name}"`;
  },
});
