import { readAccounts, userOf } from "../accounts";
import { type Check, CONTRACT, none, verdict } from "../check";
import { environmentOf, lookup } from "../image";

export const homeIsTheUsers: Check = {
  id: "home-is-the-users",
  proves: "HOME and USER are those of the image's account, and the home folder is there and its own.",
  source: CONTRACT,
  check: (image) => {
    const account = readAccounts(image).find(({ uid }) => uid === userOf(image)?.uid);
    if (!account) return none("the image's user has no account");
    const { HOME, USER } = environmentOf(image);
    const home = lookup(image, account.home)?.entry;
    const violations = [
      ...(HOME !== account.home ? [`HOME is ${HOME ?? "not set"}, the account's is ${account.home}`] : []),
      ...(USER !== account.name ? [`USER is ${USER ?? "not set"}, the account's name is ${account.name}`] : []),
      ...(home?.type === "dir" && home.uid === account.uid
        ? []
        : [`${account.home} is no folder of user ${account.uid}`]),
    ];
    return verdict(violations, `${account.name} in ${account.home}`);
  },
};
