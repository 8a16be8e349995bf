import { certificatesOf } from "../authorities";
import { type Check, CONTRACT, none, verdict } from "../check";

/** Mozilla's list has about 140; one with fewer than this was cut off. */
const LEAST = 100;

export const caBundleParses: Check = {
  id: "ca-bundle-parses",
  proves: "The bundle of certificate authorities is whole: each certificate parses, and none was cut off.",
  source: CONTRACT,
  check: (image) => {
    const bundle = certificatesOf(image);
    if (!bundle) return none("there is no bundle of certificate authorities in a usual place");
    const { path, certificates, broken } = bundle;
    const violations = [
      ...broken.map((number) => `${path}: certificate ${number} does not parse`),
      ...(certificates.length < LEAST ? [`${path} has ${certificates.length} certificates, fewer than ${LEAST}`] : []),
    ];
    return verdict(violations, `${certificates.length} certificates in ${path}`);
  },
};
