import { type Check, CIS, none, verdict } from "../check";
import { programOf } from "../programs";
import { promisedLanguage } from "../promises";

export const healthcheckPresent: Check = {
  id: "healthcheck-present",
  proves: "There is a HEALTHCHECK, and its program is in the image.",
  source: CIS.healthcheck,
  check: (image) => {
    const { Healthcheck, Cmd } = image.config.config ?? {};
    const [kind, program = ""] = Healthcheck?.Test ?? [];
    if (kind === undefined && !Cmd && !promisedLanguage(image))
      return none("the image runs nothing by itself: others build on it");
    if (kind === undefined || kind === "NONE") return verdict(["there is no HEALTHCHECK"], "");
    const wanted = kind === "CMD-SHELL" ? "/bin/sh" : program;
    const found = programOf(image, wanted);
    return verdict(found ? [] : [`the program ${wanted} of HEALTHCHECK is not in the image`], `HEALTHCHECK ${program}`);
  },
};
