/*
 * Writes the generated parts of the helpers' pages from the helpers' sources.
 * Usage: node --import ./register.mjs test/support/write-helper-pages.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { HEADS, withHeads } from "./helper-pages";

for (const [page, heads] of Object.entries(HEADS)) writeFileSync(page, withHeads(readFileSync(page, "utf8"), heads()));
