import { type Check, CIS, verdict } from "../check";

export const noAdd: Check = {
  id: "no-add",
  proves: "No build step is an ADD, which fetches and unpacks what nobody checked.",
  source: CIS.copy,
  check: ({ config: { history = [] } }) => {
    const violations = history.flatMap(({ created_by = "" }, index) => {
      const [, rest] = /^(?:\/bin\/sh -c #\(nop\) )?ADD (.*)/.exec(created_by) ?? [];
      return rest === undefined ? [] : [`step ${index + 1} is ADD ${rest.slice(0, 80)}`];
    });
    return verdict(violations, `${history.length} steps`);
  },
};
