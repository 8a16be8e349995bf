import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDir } from "../paths";
import { readText } from "../settings";
import type { Newer } from "./newer";

/** What `cronium outdated` found last of a stack's images. */
export interface Last {
  /** When the archive was asked, ISO 8601. */
  time: string;
  /** By the images' names. */
  images: Record<string, { reference: string; newer: Newer[] }>;
}

/** What of it is to be told: packages of images that the stack still has. */
export interface LastNewer {
  time: string;
  packages: (Newer & { image: string })[];
}

/** The references of a stack's images, by name. */
export type References = Readonly<Record<string, string | undefined>>;

/** Keeps it for the previews of the stack, by its plain name; undefined: there is nothing to keep. */
export function remember(stack: string, last: Last | undefined): void {
  const file = fileOf(stack);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (last === undefined) rmSync(file, { force: true });
  else writeFileSync(file, `${JSON.stringify(last)}\n`);
}

/** What was found last and is to be told with a preview, which asks nobody. Undefined when there is nothing. */
export function lastNewer(stack: string, references: References): LastNewer | undefined {
  try {
    return stillTrue(JSON.parse(readText(fileOf(stack))) as Last, references);
  } catch {
    return undefined; // no file, or half of one: no preview fails for it
  }
}

/** Leaves out images that are not the same any more; security fixes come first. */
export function stillTrue({ time, images }: Last, references: References): LastNewer | undefined {
  const packages = Object.entries(images).flatMap(([image, { reference, newer }]) =>
    references[image] === reference ? newer.map((one) => ({ image, ...one })) : [],
  );
  packages.sort((a, b) => Number(b.security) - Number(a.security));
  return packages.length === 0 ? undefined : { time, packages };
}

/** The same for a terminal, in one line. */
export function mention(stack: string, { time, packages }: LastNewer): string {
  const names = (list: LastNewer["packages"]) => new Set(list.map(({ name }) => name)).size;
  const [all, fixes] = [names(packages), names(packages.filter(({ security }) => security))];
  const images = [...new Set(packages.map(({ image }) => image))].sort();
  return (
    `for information: the archive had newer versions of ${all} package${all === 1 ? "" : "s"} in ${images.join(", ")} ` +
    `at ${time}, ${fixes === 0 ? "no" : fixes} security fix${fixes > 1 ? "es" : ""} among them: ` +
    `./cronium outdated --stack ${stack} lists them`
  );
}

function fileOf(stack: string): string {
  return join(cacheDir(), "outdated", `${stack}.json`);
}
