import { builtImage } from "../resources";
import { ALWAYS, rule } from "../rule";

export const imageUser = rule({
  name: "image-user",
  description: "Every image is built for a numeric user and group that are not root.",
  severity: "high",
  source: "CIS 4.1",
  levels: ALWAYS,
  remedy: "use a number from 1 to 60000",
  on: builtImage,
  *check({ buildArgs = {} }) {
    for (const name of ["USER_ID", "GROUP_ID"]) {
      const value = buildArgs[name];
      if (!/^[1-9]\d{0,4}$/.test(value ?? ""))
        yield `buildArgs.${name} is ${value === undefined ? "not set" : `"${value}"`}`;
    }
  },
});
