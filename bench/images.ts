import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImage } from "../docker/build";
import { dockerClient } from "../docker/client";
import { resolveDockerHost } from "../docker/host";
import { machineSecrets, proxyArgs } from "../docker/machine";
import { removeIfUnused } from "../docker/tags";
import { type ImageContents, sizeOf } from "../verify/image";
import { SIZE_BUDGETS } from "../verify/promises";
import { readImage } from "../verify/read";

/**
 * Sizes of the images of the dev stack that is up, in MB of files, beside those of the images that they replace and of the
 * same tools installed on a plain Debian slim root; status 1 if one is over its budget.
 * Usage: ./cronium up && eval "$(./cronium shell-env)" && node --import ./register.mjs bench/images.ts
 */

/** The images that these replace (Alpine), uncompressed; nothing is shared among them. */
const BEFORE: Readonly<Record<string, number>> = { bash: 18.1, python: 148, nodejs: 137 };

/** All images together, each layer once; and the runtime API over the layers that it has from Node.js' image. */
const BUDGET_TOGETHER = 215;
const BUDGET_OVER_NODE = 4;

/** What Debian's slim images leave out of packages (their dpkg.cfg.d). */
const SLIM = /^\/usr\/share\/(doc\/.*\/(?!copyright$)[^/]+$|man\/|info\/|locale\/|lintian\/|linda\/|groff\/)/;

/** The same tools on Debian's root, as one would install them; the build's context has images/base/tools and images/nodejs. */
const ON_DEBIAN = `
FROM cronium/builder-root:latest AS root
COPY tools/bin/ /usr/local/sbin/
COPY tools/npm.pins /usr/local/lib/
FROM root AS bash
RUN --mount=type=secret,id=machine --mount=type=secret,id=ca \\
  apt-install tini bash coreutils jq curl/trixie-backports libcurl4t64/trixie-backports
FROM root AS python
RUN --mount=type=secret,id=machine --mount=type=secret,id=ca apt-install tini python3 python3-requests python3-aiohttp
FROM root AS node
COPY node.pins package.json package-lock.json /axios/
RUN --mount=type=secret,id=machine --mount=type=secret,id=ca \\
  npm-package /axios/node.pins "node-linux-$(dpkg --print-architecture | sed 's/^amd64$/x64/')" /node && \\
  mv /node/bin/node /usr/local/bin/ && npm-ci /axios --omit=dev
FROM root AS nodejs
RUN --mount=type=secret,id=machine --mount=type=secret,id=ca apt-install tini libstdc++6
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /axios/node_modules/ /usr/local/lib/node_modules/
`;

async function main(): Promise<void> {
  const docker = await dockerClient(resolveDockerHost());
  const stdout = execFileSync("pulumi", ["stack", "output", "imageRefs", "--json"], { encoding: "utf8" });
  const references = JSON.parse(stdout) as Record<string, string>;
  const layers = new Map<string, number>();
  const digests: Record<string, string[]> = {};
  console.log(row("MB", "size", "budget", "left", "before", "on Debian"));
  for (const [name, reference] of Object.entries(references)) {
    const image = await readImage(docker, reference);
    digests[name] = image.layers.map(({ digest }) => digest);
    for (const layer of image.layers) layers.set(layer.digest, sizeOf({ ...image, layers: [layer] }));
    const debian = BEFORE[name] === undefined ? undefined : await onDebian(name);
    report(name, sizeOf(image) / 1e6, SIZE_BUDGETS[name] ?? Number.NaN, BEFORE[name], debian);
  }
  const own = digests["runtime-api"]?.filter((digest) => !digests.nodejs?.includes(digest)) ?? [];
  const overNode = own.reduce((sum, digest) => sum + (layers.get(digest) ?? Number.NaN), 0) / 1e6;
  report("runtime-api over Node.js", overNode, BUDGET_OVER_NODE);
  const together = [...layers.values()].reduce((sum, size) => sum + size, 0) / 1e6;
  const before = Object.values(BEFORE).reduce((sum, size) => sum + size, 0);
  report("together, each layer once", together, BUDGET_TOGETHER, before);

  async function onDebian(target: string): Promise<number> {
    const context = mkdtempSync(join(tmpdir(), "cronium-bench-"));
    try {
      cpSync("images/base/tools", join(context, "tools"), { recursive: true });
      for (const file of ["node.pins", "package.json", "package-lock.json"]) {
        cpSync(join("images/nodejs", file), join(context, file));
      }
      writeFileSync(join(context, "Dockerfile"), ON_DEBIAN);
      const secrets = await machineSecrets();
      const id = await buildImage(docker, { context, target, secrets, buildArgs: proxyArgs() });
      const image = await readImage(docker, id);
      await removeIfUnused(docker, id);
      return slimSize(image) / 1e6;
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  }
}

/** As if the root were a slim one, and nothing that a later layer changed were there twice. */
function slimSize({ files }: ImageContents): number {
  const kept = new Map([...files].filter(([path]) => !SLIM.test(path)).map(([, entry]) => [entry, entry.size]));
  return [...kept.values()].reduce((sum, size) => sum + size, 0);
}

function report(name: string, size: number, budget: number, before?: number, debian?: number): void {
  const text = (number?: number) => number?.toFixed(1) ?? "";
  console.log(row(name, text(size), text(budget), text(budget - size), text(before), text(debian)));
  if (!(size <= budget)) process.exitCode = 1;
}

function row(name: string, ...cells: string[]): string {
  return `${name.padEnd(26)}${cells.map((cell) => cell.padStart(11)).join("")}`;
}

main();
