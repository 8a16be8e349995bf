import { type Check, CONTRACT, verdict } from "../check";
import { environmentOf, type ImageContents, lookup } from "../image";

/** A zone of each kind: with summer time, without, at half an hour, and the one that containers run in. */
const ZONES: Readonly<Record<string, RegExp>> = {
  "Europe/Berlin": /^CET-1CEST,M3\.5\.0,M10\.5\.0\/3$/,
  "Asia/Tokyo": /^JST-9$/,
  "Asia/Kolkata": /^IST-5:30$/,
  "Etc/UTC": /^UTC0$/,
};

export const timeZones: Check = {
  id: "time-zones",
  proves: "Time zones are there and right, and the container's own is UTC.",
  source: CONTRACT,
  check: (image) => {
    const wrong = Object.entries(ZONES).flatMap(([zone, rule]) => {
      const found = ruleOf(image, `/usr/share/zoneinfo/${zone}`);
      return found !== undefined && rule.test(found) ? [] : [`${zone} is ${found ?? "not there"}`];
    });
    const { TZ } = environmentOf(image);
    const local = TZ === undefined ? (ruleOf(image, "/etc/localtime") ?? "UTC0") : TZ;
    const utc = /^(UTC0?|Etc\/UTC)$/.test(local);
    return verdict(
      [...wrong, ...(utc ? [] : [`the local time zone is ${local}, not UTC`])],
      Object.keys(ZONES).join(", "),
    );
  },
};

/** A zone's rule for the years to come: the last line of its file (RFC 8536, 3.3). */
function ruleOf(image: ImageContents, path: string): string | undefined {
  const bytes = lookup(image, path)?.entry.bytes;
  if (bytes?.toString("latin1", 0, 4) !== "TZif") return undefined;
  return bytes.toString("latin1").trimEnd().split("\n").at(-1);
}
