import { type Check, CIS, verdict } from "../check";
import { filesOf } from "../image";

export const noSetuid: Check = {
  id: "no-setuid",
  proves: "No file runs with another user's rights (setuid).",
  source: CIS.setuid,
  check: (image) => {
    const files = filesOf(image);
    const violations = files.filter(([, { mode }]) => mode & 0o4000).map(([path]) => `${path} is setuid`);
    return verdict(violations, `${files.length} files`);
  },
};
