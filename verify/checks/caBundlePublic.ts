import { certificatesOf, isPublic } from "../authorities";
import { type Check, NIST, none, verdict } from "../check";

export const caBundlePublic: Check = {
  id: "ca-bundle-public",
  proves: "Every certificate authority in the bundle is of Mozilla's list: none is private to whoever built the image.",
  source: NIST.trust,
  check: (image) => {
    const bundle = certificatesOf(image);
    if (!bundle) return none("there is no bundle of certificate authorities in a usual place");
    const { path, certificates } = bundle;
    const violations = certificates
      .filter((certificate) => !isPublic(certificate))
      .map(({ subject, fingerprint256 }) => `${path} has ${subject.split("\n").join(", ")} (${fingerprint256})`);
    return verdict(violations, `${certificates.length} certificates in ${path}`);
  },
};
