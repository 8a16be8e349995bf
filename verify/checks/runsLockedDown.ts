import { type Check, CIS, none, verdict } from "../check";
import { programOf } from "../programs";
import { interpreterOf } from "../promises";

export const runsLockedDown: Check = {
  id: "runs-locked-down",
  proves:
    "The image runs with a read-only root, without capabilities, network and new privileges, and complains of nothing.",
  source: `CIS Docker Benchmark 5.4, 5.13, 5.26; ${CIS.user}`,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    const command = found
      ? [found.program, ...found.language.options, found.language.scripts.nothing]
      : programOf(image, "tini") && ["tini", "--version"];
    if (!command) return none("there is nothing in the image that could be run");
    const { status, stderr } = await containers.run(command);
    const violations =
      status === 0 && stderr === "" ? [] : [`${command[0]} ended with status ${status}: ${stderr.trim()}`];
    return verdict(violations, `${command[0]} ran`);
  },
};
