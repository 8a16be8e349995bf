import { type Check, none, verdict } from "../check";
import { programsNamed } from "../programs";
import { promisesShell } from "../promises";

const SHELLS = /^(sh|ash|bash|rbash|dash|zsh|ksh|mksh|fish|csh|tcsh|busybox|toybox)$/;

export const noUnpromisedShell: Check = {
  id: "no-unpromised-shell",
  proves: "There is no shell unless the image promises one (label dev.cronium.shell).",
  source: "distroless",
  check: (image) =>
    promisesShell(image)
      ? none("its language's subprocess calls need /bin/sh: the image says so (dev.cronium.shell=true)")
      : verdict(
          programsNamed(image, SHELLS).map((path) => `${path}: leave it out, or promise it (dev.cronium.shell=true)`),
          "none in any bin folder",
        ),
};
