import { type Check, CIS, NIST, none, verdict } from "../check";
import { productsOf, SUPPORTED_UNTIL } from "../versions";

export const supportedVersions: Check = {
  id: "supported-versions",
  proves: "The distribution and the language are versions that still get security fixes.",
  source: `${CIS.scanned}, ${NIST.vulnerabilities}`,
  check: (image) => {
    const products = productsOf(image);
    if (products.length === 0) return none("neither a distribution nor a language with a known end is in the image");
    const today = new Date().toISOString().slice(0, 10);
    const violations = products.flatMap((product) => {
      const until = SUPPORTED_UNTIL[product];
      if (until === undefined) return [`${product}: no date in verify/versions.ts says that it is supported`];
      return until < today ? [`${product} is without security fixes since ${until}`] : [];
    });
    return verdict(violations, products.map((product) => `${product} until ${SUPPORTED_UNTIL[product]}`).join(", "));
  },
};
