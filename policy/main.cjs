// What Pulumi starts: the pack's TypeScript on Node's own type stripping. Pulumi's way, ts-node with a type check, takes
// several times as long, and every preview waits for it.
const { existsSync } = require("node:fs");
const nodeModule = require("node:module");
const { homedir } = require("node:os");
const { join } = require("node:path");
const { fileURLToPath } = require("node:url");

nodeModule.enableCompileCache(join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cronium", "compile"));

// Two thirds of the SDK's start are parts that no policy pack uses: the Automation API and the one that packs closures.
for (const part of ["@pulumi/pulumi/automation", "@pulumi/pulumi/runtime/closure/codePaths"]) {
  const path = require.resolve(part);
  require.cache[path] ??= Object.assign(new nodeModule.Module(path), { loaded: true });
}

// The sources are written for CommonJS resolution, as the tests load them: relative imports have no extension.
nodeModule.registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier.startsWith(".") && context.parentURL && !context.parentURL.includes("/node_modules/")) {
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

module.exports = import("./pack.ts");
