import { type Check, NIST, verdict } from "../check";
import { environmentOf, lookup } from "../image";

export const pathIsSafe: Check = {
  id: "path-is-safe",
  proves: "PATH has whole paths only, and the image's user can put nothing into any of its folders.",
  source: NIST.configuration,
  check: (image) => {
    // Engines set a safe one where the image has none.
    const { PATH = "/usr/bin" } = environmentOf(image);
    const violations = PATH.split(":").flatMap((folder) => {
      if (!folder.startsWith("/")) return [`PATH has "${folder}", which depends on the working directory`];
      const entry = lookup(image, folder)?.entry;
      if (!entry) return [];
      return entry.uid !== 0 || entry.mode & 0o002 ? [`${folder} in PATH can be written to by others than root`] : [];
    });
    return verdict(violations, PATH);
  },
};
