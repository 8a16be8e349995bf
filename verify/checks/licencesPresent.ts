import { type Check, CONTRACT, none, verdict } from "../check";
import { lookup } from "../image";
import { packagesOf } from "../packages";

export const licencesPresent: Check = {
  id: "licences-present",
  proves: "The licence of every Debian package, and of Node.js, goes with it.",
  source: CONTRACT,
  check: (image) => {
    const debian = packagesOf(image).filter(({ type }) => type === "deb");
    const names = [...debian.map(({ name }) => name), ...(lookup(image, "/usr/local/bin/node") ? ["node"] : [])];
    if (names.length === 0) return none("there are no Debian packages in the image");
    const violations = names
      .map((name) => `/usr/share/doc/${name}/copyright`)
      .filter((path) => !lookup(image, path))
      .map((path) => `${path} is not there`);
    return verdict(violations, `${names.length} licences`);
  },
};
