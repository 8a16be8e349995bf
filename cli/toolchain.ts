import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { CliError, say } from "./errors";
import { executable } from "./executable";
import { cacheDir, projectRoot, shellFolder } from "./paths";
import { isNewEnough, readVersions, type Versions } from "./versions";

/** A Pulumi that can be run. */
export interface Toolchain {
  /** The executable; of a built one, its language host lies beside it. */
  pulumi: string;
  /** PULUMI_HOME of a built one, with the plugins; the PATH's Pulumi uses the user's own. */
  home?: string;
  /** From the PATH, or built by cronium. */
  origin: "path" | "built";
  version: string;
}

/** The Pulumi of the PATH if it is new enough, else the one that is built; undefined if there is neither. */
export async function findPulumi(root = projectRoot()): Promise<Toolchain | undefined> {
  const versions = readVersions(root);
  return onPath(root, versions) ?? built(root, versions);
}

/**
 * Finds Pulumi or builds it, with a word about what is going on.
 * @throws CliError if it cannot be built, or if the PATH's Pulumi lacks a plugin and cannot download it
 */
export async function ensurePulumi(root = projectRoot()): Promise<Toolchain> {
  const versions = readVersions(root);
  const found = onPath(root, versions);
  if (found !== undefined) {
    installPlugins(found.pulumi, versions);
    return found;
  }
  // The language host and plugins of another Pulumi on the PATH must not take the place of those that are built.
  process.env.PULUMI_IGNORE_AMBIENT_PLUGINS ??= "true";
  const ready = built(root, versions);
  if (ready !== undefined) return ready;
  const other = process.env.CRONIUM_PULUMI ? undefined : executable("pulumi", foreignPath(root));
  if (other !== undefined) {
    say(`${other} is ${versionOf(other) ?? "no Pulumi"}: ${versions.pulumi} or newer, of the same major, is needed`);
  }
  const { buildOnce } = await loadBuilder();
  await buildOnce(root, toolchainFolder(root, versions), versions);
  return built(root, versions) as Toolchain;
}

/** Where the built Pulumi is, or will be: its name changes with every file that goes into it. */
export function toolchainFolder(root: string, versions: Versions, cache = cacheDir()): string {
  const hash = createHash("sha256").update(JSON.stringify([process.platform, process.arch, versions]));
  for (const file of moduleFiles(join(root, "toolchain"))) {
    hash.update(`${file}\n`).update(readFileSync(join(root, "toolchain", file)));
  }
  return join(cache, "toolchain", hash.digest("hex").slice(0, 16));
}

/** The files of the Go modules, in a fixed order and without tests. */
export function moduleFiles(toolchain: string): string[] {
  return ["cli", "plugins"].flatMap((module) =>
    readdirSync(join(toolchain, module), { recursive: true, encoding: "utf8" })
      .filter((file) => /(\.go|go\.(mod|sum))$/.test(file) && !file.endsWith("_test.go"))
      .map((file) => [module, ...file.split(sep)].join("/"))
      .sort(),
  );
}

/** Loaded when it is used: this file runs before every command. */
async function loadBuilder(): Promise<typeof import("./toolchain-build")> {
  const name = "toolchain-build";
  return import(`./${name}.ts`);
}

function onPath(root: string, { pulumi: wanted }: Versions): Toolchain | undefined {
  const choice = process.env.CRONIUM_PULUMI ?? "";
  if (choice !== "" && choice !== "built") {
    throw new CliError(`CRONIUM_PULUMI is "${choice}": the only value is built; without it a pulumi on the PATH wins`);
  }
  if (choice === "built") return undefined;
  const pulumi = executable("pulumi", foreignPath(root));
  if (pulumi === undefined) return undefined;
  const version = versionOf(pulumi);
  return version !== undefined && isNewEnough(version, wanted) ? { pulumi, origin: "path", version } : undefined;
}

/** The PATH without the folder that `shell-env` puts there, whose `pulumi` is this program. */
function foreignPath(root: string): string {
  const own = shellFolder(root);
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== own)
    .join(delimiter);
}

function built(root: string, versions: Versions): Toolchain | undefined {
  const folder = toolchainFolder(root, versions);
  const pulumi = join(folder, "bin", "pulumi");
  if (!existsSync(pulumi)) return undefined;
  return { pulumi, home: join(folder, "home"), origin: "built", version: versions.pulumi };
}

/** Asks a Pulumi for its version, once: it takes a tenth of a second, which every command would pay for. */
function versionOf(pulumi: string): string | undefined {
  const { ino, size, ctimeMs } = statSync(pulumi);
  const key = [realpathSync(pulumi), ino, size, ctimeMs].join(" ");
  const memory = join(cacheDir(), "pulumi-version");
  const [known, version] = existsSync(memory) ? readFileSync(memory, "utf8").split("\n") : [];
  if (known === key && version) return version;
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const asked = execFileSync(pulumi, ["version"], {
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    mkdirSync(dirname(memory), { recursive: true });
    writeFileSync(memory, `${key}\n${asked}\n`);
    return asked;
  } catch {
    return undefined;
  }
}

/** Installs the plugins that the PATH's Pulumi lacks. It would do so itself, but could not say what else there is. */
function installPlugins(pulumi: string, { plugins }: Versions): void {
  const home = process.env.PULUMI_HOME || join(homedir(), ".pulumi");
  for (const { name, version } of plugins) {
    if (existsSync(join(home, "plugins", `resource-${name}-v${version}`))) continue;
    if (executable(`pulumi-resource-${name}`) !== undefined) continue;
    say(`${pulumi} lacks the plugin ${name} ${version}: installing it`);
    try {
      execFileSync(pulumi, ["plugin", "install", "resource", name, version], { stdio: ["ignore", 2, 2] });
    } catch {
      throw new CliError(
        `${pulumi} lacks the plugin ${name} ${version} and cannot download it. Mend the network, or type ` +
          `export CRONIUM_PULUMI=built to have Pulumi and its plugins built from Go modules (about 6 minutes, once)`,
      );
    }
  }
}
