import { each, rule, SHARED } from "../rule";
import { runningWorkload } from "../workload";

export const readOnlySecretMount = rule({
  name: "read-only-secret-mount",
  description: "No container can change the secrets that it is given.",
  severity: "medium",
  source: "NIST 4.4.3",
  levels: SHARED,
  remedy: "set readOnly",
  on: runningWorkload,
  *check({ mounts }) {
    yield* each(mounts, function* ({ path, kind, target, readOnly }) {
      if (kind !== "tmpfs" && target && /^(\/var)?\/run\/secrets(\/|$)/.test(target) && !readOnly) {
        yield `${path} mounts ${target} writable`;
      }
    });
  },
});
