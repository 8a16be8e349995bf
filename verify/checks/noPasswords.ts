import { readAccounts } from "../accounts";
import { type Check, CIS, verdict } from "../check";
import { textOf } from "../image";

export const noPasswords: Check = {
  id: "no-passwords",
  proves: "No account has a password, or an empty one.",
  source: CIS.user,
  check: (image) => {
    const shadow = (textOf(image, "/etc/shadow") ?? "").split("\n").filter(Boolean);
    const secrets = [
      ...readAccounts(image).map(({ name, password }) => ({ file: "/etc/passwd", name, password })),
      ...shadow.map((line) => {
        const [name = "", password = ""] = line.split(":");
        return { file: "/etc/shadow", name, password };
      }),
    ];
    const violations = secrets
      .filter(({ password }) => !/^([x*!]|!\*|\*LK\*|!!)$/.test(password))
      .map(
        ({ file, name, password }) => `${file}: ${name} has ${password === "" ? "an empty password" : "a password"}`,
      );
    return verdict(violations, `${secrets.length} entries, all locked`);
  },
};
