import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { isatty } from "node:tty";
import { Command } from "commander";
import { CliError, say } from "./errors";
import { cacheDir, stateDir } from "./paths";
import { backendFolder } from "./pulumi";
import { occupiedStacks } from "./stacks";

interface Part {
  name: "cache" | "toolchain" | "state";
  what: string;
  paths: string[];
}

/** `cronium clean`: says what the cache, the toolchain and the state take, and removes those that it is told to. */
export async function command(args: readonly string[]): Promise<number> {
  const options = parse(args);
  const chosen = parts().filter(({ name }) => options[name]);
  if (chosen.length === 0) {
    for (const part of parts()) say(describe(part));
    say("remove them with: ./cronium clean --cache --toolchain --state");
    return 0;
  }
  if (options.state && !options.force) refuseOccupied();
  for (const part of chosen) say(describe(part));
  if (!options.yes && !(await confirmed())) return 1;
  let freed = 0;
  for (const { paths } of chosen) {
    freed += sizeOf(paths);
    for (const path of paths) rmSync(path, { recursive: true, force: true });
  }
  say(`freed ${bytes(freed)}`);
  return 0;
}

function parse(args: readonly string[]): Record<Part["name"] | "yes" | "force", boolean | undefined> {
  return new Command("cronium clean")
    .description("Frees disk space. Without an option: says what each part takes. What `up` made goes with `destroy`.")
    .option("--cache", "Node.js, Go and compiled scripts, which cost time to get again")
    .option("--toolchain", "the built Pulumi, which costs about six minutes to build again")
    .option("--state", "Pulumi's state and the dev passphrase, which cannot be made again")
    .option("--force", "remove the state even though stacks in it have resources: nothing can destroy them then")
    .option("-y, --yes", "do not ask")
    .allowExcessArguments(false)
    .parse(args, { from: "user" })
    .opts();
}

function parts(): Part[] {
  const cache = cacheDir();
  const state = stateDir();
  const inCache = existsSync(cache) ? readdirSync(cache) : [];
  return [
    {
      name: "cache",
      what: "Node.js, Go, compiled scripts",
      paths: inCache.filter((name) => name !== "toolchain").map((name) => join(cache, name)),
    },
    { name: "toolchain", what: "Pulumi and its plugins", paths: [join(cache, "toolchain")] },
    { name: "state", what: "Pulumi's state, the dev passphrase", paths: [state] },
  ];
}

function describe({ name, what, paths }: Part): string {
  const where = name === "cache" ? cacheDir() : paths[0];
  return `${name}: ${bytes(sizeOf(paths))}, ${what} (${where})`;
}

function refuseOccupied(): void {
  const occupied = occupiedStacks(backendFolder(stateDir()));
  if (occupied.length === 0) return;
  const list = occupied.map(({ name, resources }) => `${name} (${resources})`).join(", ");
  const commands = occupied.map(({ name }) => `./cronium destroy --yes --stack ${name}`).join(" && ");
  throw new CliError(
    `the state has stacks with resources: ${list}. Without it nothing can destroy them. First type: ${commands}. ` +
      "If they are gone anyway, with their engine for instance: add --force",
  );
}

async function confirmed(): Promise<boolean> {
  if (!isatty(0)) throw new CliError("nothing was removed: without a terminal to ask on, add --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Remove this? (y/N) ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** What removing the paths frees on disk: a file with several names counts once, and in the blocks that it takes. */
function sizeOf(paths: readonly string[]): number {
  const seen = new Set<number>();
  const size = (path: string): number => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || seen.has(stat.ino)) return 0;
    seen.add(stat.ino);
    const inside = stat.isDirectory() ? readdirSync(path).map((name) => size(join(path, name))) : [];
    return inside.reduce((sum, one) => sum + one, stat.blocks * 512);
  };
  return paths.reduce((sum, path) => sum + size(path), 0);
}

function bytes(count: number): string {
  return `${count} bytes (${(count / 1e6).toFixed(1)} MB)`;
}
