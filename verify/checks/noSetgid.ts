import { type Check, CIS, verdict } from "../check";
import { filesOf } from "../image";

export const noSetgid: Check = {
  id: "no-setgid",
  proves: "No file runs with another group's rights (setgid).",
  source: CIS.setuid,
  check: (image) => {
    const files = filesOf(image);
    const violations = files.filter(([, { mode }]) => mode & 0o2000).map(([path]) => `${path} is setgid`);
    return verdict(violations, `${files.length} files`);
  },
};
