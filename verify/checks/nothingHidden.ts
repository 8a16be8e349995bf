import { type Check, NIST, verdict } from "../check";

export const nothingHidden: Check = {
  id: "nothing-hidden",
  proves: "No layer deletes what a lower one has: what was deleted could still be read, and still weighs.",
  source: NIST.secrets,
  check: ({ layers }) => {
    const violations = layers.flatMap(({ hides }, index) => hides.map((path) => `layer ${index + 1} deletes ${path}`));
    return verdict(violations, `${layers.length} layers`);
  },
};
