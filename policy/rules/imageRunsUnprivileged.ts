import { eachResource, SHARED, stackRule } from "../rule";
import { publishedImage } from "../stack";
import { isRoot } from "../users";

export const imageRunsUnprivileged = stackRule({
  name: "image-runs-unprivileged",
  description: "No image that has a tag of its own, built or promoted, runs as root unless told otherwise.",
  severity: "high",
  source: "CIS 4.1",
  levels: SHARED,
  remedy: "end its Dockerfile with a USER that is a number from 1 to 60000",
  *checkStack(stack) {
    yield* eachResource(stack, function* (resource) {
      const user = publishedImage(resource)?.config?.user;
      if (user !== undefined && isRoot(user)) yield `config.user is "${user}"`;
    });
  },
});
