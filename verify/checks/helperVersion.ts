import { type Check, CONTRACT, none, verdict } from "../check";
import { labelsOf, textOf } from "../image";
import { promisedLanguage } from "../promises";

export const helperVersion: Check = {
  id: "helper-version",
  proves: "The language's helper is in the image, in the version that the image has.",
  source: CONTRACT,
  check: (image) => {
    const language = promisedLanguage(image);
    if (!language) return none("no helper is promised (dev.cronium.language)");
    const { path, version } = language.helper;
    const text = textOf(image, path);
    if (text === undefined) return verdict([`the helper ${path} is not there`], "");
    const found = version.exec(text)?.[1];
    const wanted = labelsOf(image)["org.opencontainers.image.version"];
    const good = found !== undefined && found === wanted;
    return verdict(
      good ? [] : [`${path} is version ${found ?? "unknown"}, the image ${wanted ?? "unknown"}`],
      `${path} ${found}`,
    );
  },
};
