import { type Volume, volume } from "../resources";
import { matches, names, PRODUCTION, rule } from "../rule";

export const volumeProtected = rule<Volume, Settings>({
  name: "volume-protected",
  description: "No volume with data is deleted by a change of the program.",
  severity: "high",
  source: "practice",
  levels: PRODUCTION,
  remedy: "set the option protect, or put the volume's name on this rule's list if all in it can be made again",
  settings: { expendable: names(["*secret*", "*cache*", "*tmp*"], "names of volumes that can be made again") },
  on: volume,
  *check(_volume, { expendable }, { name, opts }) {
    if (!opts.protect && !matches(name, expendable)) yield "protect is not set";
  },
});

interface Settings {
  expendable: readonly string[];
}
