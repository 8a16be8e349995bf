import { type Check, CONTRACT, none, verdict } from "../check";
import { labelsOf, sizeOf } from "../image";
import { SIZE_BUDGETS } from "../promises";

export const sizeBudget: Check = {
  id: "size-budget",
  proves: "The files of all layers together are within the image's budget.",
  source: CONTRACT,
  check: (image) => {
    const name = labelsOf(image)["org.opencontainers.image.title"]?.split("/").at(-1) ?? "";
    const budget = SIZE_BUDGETS[name];
    if (budget === undefined) return none("no budget is set for an image of this title");
    const size = sizeOf(image) / 1e6;
    const text = `${size.toFixed(2)} MB of ${budget}`;
    return verdict(size > budget ? [text] : [], text);
  },
};
