import { type Check, CIS, verdict } from "../check";
import { filesOf } from "../image";

const CACHES =
  /^\/var\/(cache|lib\/apt\/lists)\/|\/\.cache\/|\/\.npm\/|\/_cacache\/|\/\.cargo\/registry\/|\/\.gradle\/|\/\.m2\/repository\//;

export const noCaches: Check = {
  id: "no-caches",
  proves: "No package manager's or program's cache was left in the image.",
  source: CIS.packages,
  check: (image) => {
    const files = filesOf(image);
    const violations = files.filter(([path]) => CACHES.test(path)).map(([path]) => `${path} is in a cache`);
    return verdict(violations, `${files.length} files`);
  },
};
