import { readAccounts } from "../accounts";
import { type Check, CIS, verdict } from "../check";

export const noLoginShells: Check = {
  id: "no-login-shells",
  proves: "No account can log in: each one's shell is nologin or false.",
  source: CIS.user,
  check: (image) => {
    const accounts = readAccounts(image);
    const violations = accounts
      .filter(({ shell }) => !/\/(nologin|false)$/.test(shell))
      .map(({ name, shell }) => `${name} has the shell "${shell}": make it /usr/sbin/nologin`);
    return verdict(violations, `${accounts.length} accounts`);
  },
};
