import { runningContainer } from "../resources";
import { each, rule, SHARED } from "../rule";

export const noVolumesFrom = rule({
  name: "no-volumes-from",
  description: "No container takes all volumes of another.",
  severity: "medium",
  source: "NIST 4.4.3",
  levels: SHARED,
  remedy: "mount the volumes that are needed by name",
  on: runningContainer,
  *check({ volumes }) {
    yield* each(volumes, function* ({ fromContainer }, i) {
      if (fromContainer) yield `volumes[${i}].fromContainer is set`;
    });
  },
});
