import { isPinned } from "../references";
import { rule, SHARED } from "../rule";
import { workload } from "../workload";

export const imagePinned = rule({
  name: "image-pinned",
  description: "Every container is made from an image that can not change under its name.",
  severity: "high",
  source: "NIST 4.2.2",
  levels: SHARED,
  remedy: "use the image's id, a digest (name@sha256:...) or a content tag",
  on: workload,
  *check({ image: { path, value = "" } }) {
    if (!isPinned(value)) yield `${path} is "${value}"`;
  },
});
