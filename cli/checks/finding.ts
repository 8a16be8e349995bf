/** One line of `cronium doctor`. */
export interface Finding {
  level: "ok" | "note" | "BAD";
  /** The thing that is needed. */
  thing: string;
  /** What was found, and where. */
  found: string;
  /** How to mend it, or what the limit means; for all but "ok". */
  mend?: string;
}

export function formatFinding({ level, thing, found, mend }: Finding): string {
  return `${level.padEnd(5)} ${thing.padEnd(16)} ${found}${mend === undefined ? "" : ` -> ${mend}`}`;
}

/** A finding that is good enough or not. */
export function finding(
  thing: string,
  good: boolean,
  found: string,
  mend: string,
  bad: "BAD" | "note" = "BAD",
): Finding {
  return good ? { level: "ok", thing, found } : { level: bad, thing, found, mend };
}
