import { type Check, CONTRACT, verdict } from "../check";

export const timesAreFixed: Check = {
  id: "times-are-fixed",
  proves: "No file is newer than the image says it is: what was built today is what was built yesterday.",
  source: `${CONTRACT}, reproducible-builds.org (SOURCE_DATE_EPOCH)`,
  check: ({ config, layers }) => {
    const created = Math.floor(Date.parse(config.created ?? "") / 1000) || 0;
    const violations = layers.flatMap(({ entries }, index) =>
      [...entries]
        .filter(([, { mtime }]) => mtime > created)
        .map(([path, { mtime }]) => `layer ${index + 1}: ${path} is of ${new Date(mtime * 1000).toISOString()}`),
    );
    return verdict(violations, `none after ${new Date(created * 1000).toISOString()}`);
  },
};
