import { readFileSync } from "node:fs";

/** The README's shell commands, in its order. */
export function blocks(): { heading: string; code: string }[] {
  return readFileSync("README.md", "utf8")
    .split(/^## /m)
    .flatMap((section) => {
      const heading = section.slice(0, section.indexOf("\n"));
      return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code]) => ({ heading, code: code as string }));
    });
}

/** The commands under one heading. */
export function blocksUnder(heading: string): string[] {
  return blocks().flatMap((block) => (block.heading === heading ? [block.code] : []));
}
