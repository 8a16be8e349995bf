import { type Check, CONTRACT, verdict } from "../check";
import { filesOf } from "../image";

const LEFTOVERS =
  /^\/(tmp|var\/tmp|var\/log|run|var\/run|root|dev|proc|sys|media|mnt|srv)\/|^\/\.dockerenv$|\/(\.git|\.svn|\.hg)\/|\/(Dockerfile|\.dockerignore)$|\.(log|bak|orig|swp|dpkg-(old|new|dist)|map|pyo)$|~$/;

export const noLeftovers: Check = {
  id: "no-leftovers",
  proves: "Nothing of the build is left: no temporary file, log, backup, source map, repository or Dockerfile.",
  source: CONTRACT,
  check: (image) => {
    const files = filesOf(image);
    const violations = files.filter(([path]) => LEFTOVERS.test(path)).map(([path]) => `${path} is a leftover`);
    return verdict(violations, `${files.length} files`);
  },
};
