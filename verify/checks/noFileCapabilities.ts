import { type Check, CIS, verdict } from "../check";
import { filesOf } from "../image";

export const noFileCapabilities: Check = {
  id: "no-file-capabilities",
  proves: "No file gives capabilities to who runs it.",
  source: CIS.setuid,
  check: (image) => {
    const files = filesOf(image);
    const violations = files.filter(([, entry]) => entry.capabilities).map(([path]) => `${path} has capabilities`);
    return verdict(violations, `${files.length} files`);
  },
};
