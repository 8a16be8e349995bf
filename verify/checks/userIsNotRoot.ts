import { type Check, CIS, verdict } from "../check";

export const userIsNotRoot: Check = {
  id: "user-is-not-root",
  proves: "Processes run as a user and group that are numbers (so that an orchestrator can tell) and not root's.",
  source: CIS.user,
  check: (image) => {
    const user = image.config.config?.User ?? "";
    const good = /^[1-9]\d*:[1-9]\d*$/.test(user);
    return verdict(good ? [] : [`USER is "${user}": make it <uid>:<gid>, both above 0`], `USER ${user}`);
  },
};
