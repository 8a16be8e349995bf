import { type Check, CIS, verdict } from "../check";
import { programsNamed } from "../programs";

const NAMES =
  /^(su|sudo|doas|pkexec|newgrp|chroot|mount|umount|nsenter|unshare|setcap|capsh|insmod|modprobe|passwd|chsh|chfn|useradd|adduser|usermod|gpasswd|login)$/;

export const noPrivilegeTools: Check = {
  id: "no-privilege-tools",
  proves: "No program whose purpose is another user's rights, or the host's, is in a folder of programs.",
  source: CIS.packages,
  check: (image) =>
    verdict(
      programsNamed(image, NAMES).map((path) => `${path}: jobs run without privileges and never need it`),
      "none in any bin folder",
    ),
};
