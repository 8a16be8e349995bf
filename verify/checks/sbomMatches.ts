import { type Check, NIST, verdict } from "../check";
import { textOf } from "../image";
import { SBOM_PATH, type Spdx, spdxOf } from "../sbom";

export const sbomMatches: Check = {
  id: "sbom-matches",
  proves:
    "The image has an SPDX 2.3 document that names the packages that are in it, with their versions, and no others.",
  source: `NTIA minimum elements, ${NIST.vulnerabilities}`,
  check: (image) => {
    const text = textOf(image, SBOM_PATH);
    if (text === undefined) return verdict([`there is no ${SBOM_PATH}`], "");
    const written = packagesIn(text);
    if (!written) return verdict([`${SBOM_PATH} is no SPDX 2.3 document`], "");
    const found = purls(spdxOf(image));
    const violations = [
      ...[...found].filter((purl) => !written.has(purl)).map((purl) => `${purl} is in the image, not in ${SBOM_PATH}`),
      ...[...written].filter((purl) => !found.has(purl)).map((purl) => `${purl} is in ${SBOM_PATH}, not in the image`),
    ];
    return verdict(violations, `${found.size} packages`);
  },
};

function packagesIn(text: string): Set<string> | undefined {
  try {
    const document = JSON.parse(text) as Spdx;
    return document.spdxVersion === "SPDX-2.3" ? purls(document) : undefined;
  } catch {
    return undefined;
  }
}

function purls({ packages }: Pick<Spdx, "packages">): Set<string> {
  return new Set(packages.flatMap(({ externalRefs = [] }) => externalRefs.map((ref) => ref.referenceLocator)));
}
