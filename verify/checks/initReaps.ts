import { type Check, CONTRACT, none, verdict } from "../check";
import { interpreterOf } from "../promises";

export const initReaps: Check = {
  id: "init-reaps",
  proves: "Process 1 reaps orphans, so that a job's leftovers do not fill the process table.",
  source: `CIS Docker Benchmark 5.29, ${CONTRACT}`,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    if (!found) return none("there is no interpreter in the image that could run a script");
    const { program, language } = found;
    const { status, stdout, stderr } = await containers.run([program, ...language.options, language.scripts.orphan]);
    const init = stdout.trim() || "unknown";
    const violations =
      status === 0 ? [] : [`process 1 (${init}) did not reap an orphan within 2 s ${stderr.trim()}`.trim()];
    return verdict(violations, `process 1 is ${init}`);
  },
};
