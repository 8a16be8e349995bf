// Exits with 0 if node_modules holds what package-lock.json says, as npm's own record in there has it, and leaves a copy
// of package-lock.json in there: the next look need only compare the two.
// Usage: node toolchain/packages.mjs ROOT
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.argv[2];

function packages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

const wanted = packages("package-lock.json");
const installed = packages("node_modules/.package-lock.json");
const matches =
  installed !== undefined &&
  Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    if (path === "" || (found === undefined && optional)) return true;
    return found?.version === version && found?.integrity === integrity;
  });
if (matches) {
  try {
    copyFileSync(join(root, "package-lock.json"), join(root, "node_modules", ".cronium-lock.json"));
  } catch {
    // A checkout that this user may not write to is good enough to run.
  }
}
process.exitCode = matches ? 0 : 1;
