import { type Check, CIS, verdict } from "../check";
import { programsNamed } from "../programs";

const NAMES =
  /^(apt|apt-get|aptitude|dpkg|apk|rpm|yum|dnf|microdnf|zypper|pacman|pip[\d.]*|pipx|uv|poetry|conda|npm|npx|yarn|pnpm|corepack|gem|cargo|brew)$/;

export const noPackageManager: Check = {
  id: "no-package-manager",
  proves: "No package manager is in a folder of programs.",
  source: `${CIS.packages}, distroless`,
  check: (image) =>
    verdict(
      programsNamed(image, NAMES).map((path) => `${path}: leave it out of the final image`),
      "none in any bin folder",
    ),
};
