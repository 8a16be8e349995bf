import { posix } from "node:path";
import { type Check, NIST, verdict } from "../check";
import { environmentOf, openTo } from "../image";

export const pathIsSafe: Check = {
  id: "path-is-safe",
  proves: "PATH has whole paths only, and the image's user can put nothing into any of its folders.",
  source: NIST.configuration,
  check: (image) => {
    // Engines set a safe one where the image has none.
    const { PATH = "/usr/bin" } = environmentOf(image);
    const violations = PATH.split(":").flatMap((folder) => {
      if (!folder.startsWith("/")) return [`PATH has "${folder}", which depends on the working directory`];
      const open = openTo(image, posix.normalize(folder));
      if (open === undefined) return [];
      return [`${folder} in PATH can be ${open === folder ? "written to" : "made"} by others than root`];
    });
    return verdict(violations, PATH);
  },
};
