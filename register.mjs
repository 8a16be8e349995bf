// Runs the project's TypeScript on Node's own type stripping: no compiler is loaded at start-up. The sources are written
// for CommonJS resolution (Pulumi loads them through ts-node), so relative imports have no extension; this adds it.
import { existsSync } from "node:fs";
import * as module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const wanted = Number(
  module
    .createRequire(import.meta.url)("./package.json")
    .engines.node.replace(/\D/g, ""),
);
if (Number(process.versions.node.split(".")[0]) < wanted) {
  console.error(`Node.js ${process.versions.node} is too old: Cronium needs ${wanted} or newer, first on the PATH.`);
  process.exit(1);
}

module.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cronium", "compile"));

module.registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith(".") && context.parentURL) {
      const url = new URL(`${specifier}.ts`, context.parentURL).href;
      if (existsSync(fileURLToPath(url))) return { url, format: "module-typescript", shortCircuit: true };
    }
    return nextResolve(specifier, context);
  },
  load(url, context, nextLoad) {
    const ours = url.endsWith(".ts") && !url.includes("/node_modules/");
    return nextLoad(url, ours ? { ...context, format: "module-typescript" } : context);
  },
});
