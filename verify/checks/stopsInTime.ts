import { type Check, CONTRACT, none, verdict } from "../check";
import { interpreterOf } from "../promises";

export const stopsInTime: Check = {
  id: "stops-in-time",
  proves: "A container stops within a second of SIGTERM.",
  source: CONTRACT,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    if (!found) return none("there is no interpreter in the image that could run a script");
    const { program, language } = found;
    const ended = await containers.stop([program, ...language.options, language.scripts.wait]);
    if ("status" in ended)
      return verdict([`it ended by itself with status ${ended.status}: ${ended.stderr.trim()}`], "");
    const seconds = `${ended.seconds.toFixed(2)} s after SIGTERM`;
    return verdict(ended.seconds > 1 ? [`it ended ${seconds}`] : [], seconds);
  },
};
