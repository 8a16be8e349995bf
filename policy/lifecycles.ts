import { parseReference } from "./references";

/**
 * The last day on which a release gets security updates, by product and release as they stand in tags and suites; from
 * the projects' own pages, as https://endoflife.date collects them. For Debian it is the end of long-term support.
 */
const LAST_DAYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  alpine: {
    "3.17": "2024-11-22",
    "3.18": "2025-05-09",
    "3.19": "2025-11-01",
    "3.20": "2026-04-01",
    "3.21": "2026-11-01",
    "3.22": "2027-05-01",
  },
  debian: { buster: "2024-06-30", bullseye: "2026-08-31", bookworm: "2028-06-30", trixie: "2030-06-30" },
  node: {
    "16": "2023-09-11",
    "18": "2025-04-30",
    "20": "2026-04-30",
    "22": "2027-04-30",
    "24": "2028-04-30",
  },
  python: {
    "3.8": "2024-10-07",
    "3.9": "2025-10-31",
    "3.10": "2026-10-31",
    "3.11": "2027-10-31",
    "3.12": "2028-10-31",
    "3.13": "2029-10-31",
    "3.14": "2030-10-31",
  },
  ubuntu: { "20.04": "2025-05-31", "22.04": "2027-05-31", "24.04": "2029-05-31" },
};

/** Debian's numbers and the code names that LAST_DAYS has. */
const DEBIAN: Readonly<Record<string, string>> = { "10": "buster", "11": "bullseye", "12": "bookworm", "13": "trixie" };

/** The last day of a product's release, in any of the forms of a tag: `3.9-slim`, `12.5`, `bullseye-20240101`. */
export function lastDay(product: string, release: string): string | undefined {
  const days = LAST_DAYS[product];
  const [word = ""] = release.split("-");
  const numbers = word.split(".");
  const forms = [word, numbers.slice(0, 2).join("."), numbers[0] as string];
  if (product === "debian") forms.push(DEBIAN[numbers[0] as string] ?? "");
  return forms.map((form) => days?.[form]).find((day) => day !== undefined);
}

/** The last day of the release that an image's tag names; undefined for images that the table does not know. */
export function lastDayOf(reference: string): string | undefined {
  const { repository, tag } = parseReference(reference);
  const product = repository.slice(repository.lastIndexOf("/") + 1);
  return tag === undefined ? undefined : lastDay(product, tag);
}
