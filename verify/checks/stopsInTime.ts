import { type Check, CONTRACT, none, verdict } from "../check";
import { interpreterOf } from "../promises";

const SECONDS = 1;
/** A machine that is busy may be late; an image that does not stop is late each time. */
const ATTEMPTS = 3;

export const stopsInTime: Check = {
  id: "stops-in-time",
  proves: "A container stops within a second of SIGTERM.",
  source: CONTRACT,
  check: async (image, containers) => {
    const found = interpreterOf(image);
    if (!found) return none("there is no interpreter in the image that could run a script");
    const { program, language } = found;
    for (let attempt = 1; ; attempt++) {
      const ended = await containers.stop([program, ...language.options, language.scripts.wait]);
      if ("status" in ended) {
        return verdict([`it ended by itself with status ${ended.status}: ${ended.stderr.trim()}`], "");
      }
      const inTime = ended.seconds <= SECONDS;
      const seconds = `${ended.seconds.toFixed(2)} s after SIGTERM`;
      if (inTime || attempt === ATTEMPTS) return verdict(inTime ? [] : [`it ended ${seconds}`], seconds);
    }
  },
};
