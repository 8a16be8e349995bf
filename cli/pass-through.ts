import { delimiter, join, resolve, sep } from "node:path";
import { dockerClient } from "../docker/client";
import type { DockerHost } from "../docker/host";
import { ensureEngine } from "./engine";
import { CliError, say } from "./errors";
import { executable } from "./executable";
import { sweepRuns } from "./job/network";
import { isInteractive, type Line, parseLine } from "./line";
import { withLock } from "./lock";
import { lastNewer, mention } from "./outdated/last";
import { DEV, hasPassphrase, requirePassphrase } from "./passphrase";
import { nearestProject, projectRoot, shellFolder, stateDir } from "./paths";
import { become, type Pulumi, pulumiEnv, runPulumi } from "./pulumi";
import { recover } from "./recovery";
import {
  bootstrapImage,
  dockerSettings,
  guardStackFiles,
  hasCloudSecrets,
  privateCopy,
  publish,
  readText,
  type Settings,
  stackFile,
} from "./settings";
import { requireShared } from "./shared";
import { ensureStack, findStack, plainName, requireStackFile, stackNames } from "./stacks";
import { ensurePulumi } from "./toolchain";

/**
 * Hands a command line over to Pulumi, after making what it needs: an engine, Pulumi itself, the stack.
 * @param argv the line; after `--anywhere` it stays where it is when called from outside of the project, as the
 * `pulumi` of shell-env has to
 * @param eventLog a file for Pulumi's events; with it Pulumi runs as a child, so that somebody is left to read them
 */
export async function command(argv: readonly string[], eventLog?: string): Promise<number> {
  const handOver: (pulumi: Pulumi, args: readonly string[]) => number | Promise<number> =
    eventLog === undefined ? become : runPulumi;
  const anywhere = argv[0] === ANYWHERE;
  const line = parseLine(anywhere ? argv.slice(1) : argv);
  const root = projectRoot();
  const place = findPlace(line, root, anywhere);
  if (!place.ours || line.help) return handOver(await pulumiFor(undefined), [...place.flags, ...line.args]);

  const [word = "", sub = ""] = line.words;
  const stack = stackOf(line);
  const plain = plainName(stack);
  const tracked = line.configFile ? resolve(line.configFile) : stackFile(root, plain);
  const makesStack = MAKES_STACK.has(word);
  if (makesStack || needsStack(word, sub)) requireShared(readText(tracked), plain, USES_ENGINE.has(word));
  if (makesStack) {
    if (!line.configFile) requireStackFile(root, plain);
    if (needsPassphrase(line, plain, tracked)) requirePassphrase(plain, process.env);
  }
  let at: DockerHost | undefined;
  if (USES_ENGINE.has(word)) {
    const text = readText(tracked);
    at = await ensureEngine({
      install: line.install && makesStack,
      start: line.install,
      docker: dockerSettings(text),
      bootstrap: word === "up" ? bootstrapImage(text) : undefined,
    });
    // What killed runs left is not in the state, and would stay for good.
    if (word === "destroy") await sweepRuns(await dockerClient(at));
  }
  const pulumi = await pulumiFor(plain);
  // Pulumi has --event-log only among its commands for debugging.
  if (eventLog !== undefined) {
    Object.assign(pulumi.env, { PULUMI_DEBUG_COMMANDS: "true", PULUMI_OPTION_EVENT_LOG: eventLog });
  }
  const usesStack = makesStack || needsStack(word, sub);
  const found = makesStack
    ? await ensureStack(pulumi, root, stack, tracked)
    : usesStack && findStack(pulumi, root, stack);
  if (usesStack && !found && line.stack === undefined) {
    throw new CliError(`there is no stack ${stack} yet in ${pulumi.env.PULUMI_BACKEND_URL}: ./cronium up makes it`);
  }
  if (word === "destroy" && found && found.kept.length > 0) {
    say(
      `${plain} protects ${found.kept.join(", ")}, and destroy stops there. To lift that until the next up: ` +
        `./cronium state unprotect --all --stack ${stack}, then destroy again`,
    );
  }
  const privately = (): Settings => {
    const settings = privateCopy(tracked, stateDir(), found ? found.salt : undefined);
    pulumi.env.PULUMI_OPTION_CONFIG_FILE = settings.path;
    return settings;
  };
  if (at && found && CHANGES.has(word)) {
    // Pulumi writes the salt into the file that it reads.
    if (line.configFile) pulumi.env.PULUMI_OPTION_CONFIG_FILE = tracked;
    else privately();
    await recover(pulumi, root, stack, found, at);
  }
  const newer = word === "preview" && found ? lastNewer(plain, found.imageRefs) : undefined;
  if (newer) say(mention(plain, newer));
  if (word === "up" && plain === DEV && !isInteractive(line)) pulumi.env.PULUMI_OPTION_YES ??= "true";
  // A list of packs in this variable, and an empty one too, is the user's choice.
  if (CHECKS.has(word) && !line.namesPolicies) {
    pulumi.env.PULUMI_OPTION_POLICY_PACK ??= csvField(join(root, "policy"));
  }
  const args = [...place.flags, ...line.args];
  if (word === "stack" && sub === "select") {
    say(
      `what is selected holds for no command of cronium: the stack is ${DEV} unless --stack or PULUMI_STACK names another`,
    );
  }
  if (writesStackFiles(word, sub, line.args)) {
    const files = stackNames(root).map((name) => stackFile(root, name));
    return guardStackFiles(files, () => runPulumi(pulumi, args));
  }
  if (!TAKES_CONFIG_FILE.has(word) || line.configFile) return handOver(pulumi, args);
  const writes = line.setsConfig || (word === "config" && sub !== "" && sub !== "get");
  if (!writes) {
    privately();
    return handOver(pulumi, args);
  }
  return oneAtATime(async () => {
    const settings = privately();
    const status = await runPulumi(pulumi, args);
    publish(settings);
    return status;
  });
}

/** Pulumi, found or built, and its environment for a stack of this project (its plain name) or for another project. */
export async function pulumiFor(stack: string | undefined): Promise<Pulumi> {
  // Where shell-env put cronium's own `pulumi` into the PATH, the real one is looked for behind it.
  const own = shellFolder(projectRoot());
  process.env.PATH = process.env.PATH?.split(delimiter)
    .filter((folder) => folder !== own)
    .join(delimiter);
  const { pulumi, home } = await ensurePulumi();
  return { path: pulumi, env: pulumiEnv(stateDir(), stack, home) };
}

const ANYWHERE = "--anywhere";
const MAKES_STACK = new Set(["up", "preview", "config"]);
const USES_ENGINE = new Set(["up", "preview", "refresh", "destroy", "watch", "import"]);
const CHANGES = new Set(["up", "refresh", "destroy", "import"]);
/** The pack in policy/ goes with these. */
const CHECKS = new Set(["up", "preview"]);
const TAKES_CONFIG_FILE = new Set(["up", "preview", "refresh", "destroy", "watch", "import", "logs", "config"]);

/** Subcommands of `stack` that write or delete Pulumi.<stack>.yaml whatever --config-file says. */
const STACK_WRITERS = new Set(
  "init new create setup select rm remove delete change-secrets-provider import migrate".split(" "),
);

/** Without one Pulumi would speak of selecting a stack, which nobody has to here. */
function needsStack(word: string, sub: string): boolean {
  if (word === "stack") return !/^(ls|list|init|new|create|setup|select|unselect)$/.test(sub);
  return ["refresh", "destroy", "watch", "import", "logs", "cancel", "state"].includes(word);
}

/** Of two commands that change settings at once, the second starts from what the first made of them. */
function oneAtATime(change: () => Promise<number>): Promise<number> {
  // Where there is no flock (macOS), the second says that it was too late.
  if (executable("flock") === undefined) return change();
  const waiting = () => say("waiting for another command that changes settings");
  return withLock(join(stateDir(), "settings.lock"), waiting, change);
}

function writesStackFiles(word: string, sub: string, args: readonly string[]): boolean {
  if (word === "stack") return STACK_WRITERS.has(sub);
  // `config cp` reads and writes two stacks, for which one --config-file cannot stand.
  if (word === "config") return sub === "cp" || sub === "copy";
  return word === "destroy" && args.includes("--remove");
}

/** Pulumi runs where it was called, or in the project when called from outside of it. */
function findPlace(line: Line, root: string, anywhere: boolean): { ours: boolean; flags: string[] } {
  const folder = resolve(line.cwd ?? ".");
  const inside = folder === root || folder.startsWith(root + sep);
  if (!inside && line.cwd === undefined && !anywhere) return { ours: true, flags: ["-C", root] };
  return { ours: nearestProject(folder) === root, flags: [] };
}

/** `--stack`, the name that a `stack` subcommand is given, PULUMI_STACK, or dev. */
export function stackOf(line: Line): string {
  const [word, sub = "", name] = line.words;
  const given = word === "stack" && STACK_WRITERS.has(sub) ? name : undefined;
  return line.stack ?? given ?? (process.env.PULUMI_STACK || DEV);
}

/** One element of a flag that is a list, as Pulumi reads it from a variable. */
function csvField(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** On a terminal Pulumi asks for the passphrase; dev has one; other backends and providers need none. */
function needsPassphrase(line: Line, stack: string, settings: string): boolean {
  if (stack === DEV || hasPassphrase(process.env) || isInteractive(line)) return false;
  return !/^https?:/.test(process.env.PULUMI_BACKEND_URL ?? "") && !hasCloudSecrets(readText(settings));
}
