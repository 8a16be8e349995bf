import { userOf } from "../accounts";
import { type Check, CONTRACT, none, verdict } from "../check";
import { lookup } from "../image";
import { promisedLanguage } from "../promises";

export const workFolders: Check = {
  id: "work-folders",
  proves: "The working directory, and /app and /workspace where jobs are promised, are there and the user's own.",
  source: CONTRACT,
  check: (image) => {
    const directory = image.config.config?.WorkingDir;
    const folders = [...(directory ? [directory] : []), ...(promisedLanguage(image) ? ["/app", "/workspace"] : [])];
    if (folders.length === 0) return none("no working directory is set");
    const uid = userOf(image)?.uid;
    const violations = [...new Set(folders)].flatMap((folder) => {
      const entry = lookup(image, folder)?.entry;
      if (entry?.type !== "dir") return [`${folder} is no folder of the image`];
      return entry.uid === uid ? [] : [`${folder} is owned by ${entry.uid}, not by the image's user`];
    });
    return verdict(violations, folders.join(", "));
  },
};
