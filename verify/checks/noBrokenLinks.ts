import { posix } from "node:path";
import { type Check, CONTRACT, verdict } from "../check";
import { lookup } from "../image";

/** The kernel gives these to a container. */
const GIVEN = /^\/(proc|dev|sys)(\/|$)/;

export const noBrokenLinks: Check = {
  id: "no-broken-links",
  proves: "Every symbolic link leads to something in the image.",
  source: CONTRACT,
  check: (image) => {
    const links = [...image.files].filter(([, { type }]) => type === "link");
    const violations = links
      .filter(
        ([path, { target = "" }]) => !lookup(image, path) && !GIVEN.test(posix.resolve(posix.dirname(path), target)),
      )
      .map(([path, { target }]) => `${path} leads to ${target}, which is not there`);
    return verdict(violations, `${links.length} links`);
  },
};
