// Bundles the service into one folder: build.mjs OUT NODE, NODE being the program that runs them. Each program is one file without dependencies beside Node.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const [out, node] = process.argv.slice(2);
const { metafile } = await build({
  entryPoints: {
    "runtime-api": "src/main.ts",
    "cronium-operator": "src/operator-cli.ts",
    healthcheck: "src/healthcheck.ts",
    wget: "src/wget.ts",
  },
  outdir: out,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  legalComments: "none",
  banner: { js: `#!${node}` },
  metafile: true,
  logLevel: "warning",
});
for (const name of readdirSync(out)) if (name.endsWith(".cjs")) chmodSync(join(out, name), 0o755);
const folders = packageFolders(Object.keys(metafile.inputs));
writeFileSync(join(out, "LICENSES.txt"), licences(folders));
for (const { name, version, license } of folders.map(manifest)) {
  const folder = join(out, "packages", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ name, version, license })}\n`);
}

/** The folders of the packages that are in the bundle. */
function packageFolders(inputs) {
  const folders = inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** The licence of each package: most of them must go with it. */
function licences(folders) {
  return folders
    .map((folder) => {
      const { name, version, license } = manifest(folder);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file !== undefined && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "";
      return `## ${name} ${version} (${license})\n\n${text.trim()}\n`;
    })
    .join("\n");
}
