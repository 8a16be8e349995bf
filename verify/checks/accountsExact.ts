import { readAccounts, userOf } from "../accounts";
import { type Check, CIS, verdict } from "../check";

/** Root, for files' owner to have a name; the image's own; the one of nobody. */
const NOBODY = 65534;

export const accountsExact: Check = {
  id: "accounts-exact",
  proves: "/etc/passwd has root, the image's user and nobody, and no account more or less.",
  source: `${CIS.user}, distroless`,
  check: (image) => {
    const accounts = readAccounts(image);
    const wanted = [0, userOf(image)?.uid ?? NOBODY, NOBODY];
    const extra = accounts.filter(({ uid }) => !wanted.includes(uid)).map(({ line }) => `${line}: not needed`);
    const twice = accounts
      .filter(({ uid }, index) => accounts.findIndex((other) => other.uid === uid) < index)
      .map(({ line, uid }) => `${line}: user id ${uid} a second time`);
    const missing = [...new Set(wanted)]
      .filter((uid) => !accounts.some((account) => account.uid === uid))
      .map((uid) => `no account with user id ${uid}`);
    return verdict([...extra, ...twice, ...missing], accounts.map(({ name, uid }) => `${name} ${uid}`).join(", "));
  },
};
