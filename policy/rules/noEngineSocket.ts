import { ALWAYS, each, rule } from "../rule";
import { runningWorkload } from "../workload";

export const noEngineSocket = rule({
  name: "no-engine-socket",
  description: "No container has the socket of a container engine.",
  severity: "critical",
  source: "CIS 5.32",
  levels: ALWAYS,
  remedy: "who has the socket is root on the host: let the program ask a service that does what it needs",
  on: runningWorkload,
  *check({ mounts }) {
    yield* each(mounts, function* ({ path, source }) {
      if (/(^|\/)(docker|containerd|podman|crio|buildkitd)(\.raw)?\.sock$/.test(source ?? ""))
        yield `${path} mounts ${source}`;
    });
  },
});
