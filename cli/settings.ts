import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CliError, say } from "./errors";
import { isRunning } from "./is-running";

/*
 * The salt of a stack's passphrase is its user's own: written into a tracked Pulumi.<stack>.yaml, it would make the
 * tree dirty, and committed, it would lock out everybody with another passphrase. So Pulumi reads and writes a private
 * copy. A salt belongs into the tracked file only with secrets that it encrypts, or if it is there already.
 */

export function stackFile(root: string, stack: string): string {
  return join(root, `Pulumi.${stack}.yaml`);
}

/** The text of a stack's settings; empty if there are none. */
export function readSettings(root: string, stack: string): string {
  return readText(stackFile(root, stack));
}

/** The text of a file; empty if there is none. */
export function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** A private copy of a stack's settings, for one command. */
export interface Settings {
  /** For --config-file. */
  readonly path: string;
  readonly tracked: string;
  readonly original: string;
}

/**
 * Copies a stack's settings for this process. Copies of processes that have ended are removed.
 * @param knownSalt the salt that the stack's state holds: with it in its settings, Pulumi checks the passphrase before
 * it does anything; without, it would notice a wrong one in the middle of an update
 */
export function privateCopy(tracked: string, state: string, knownSalt: string | undefined): Settings {
  const parent = join(state, "settings");
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(parent)) {
    if (name === String(process.pid) || !isRunning(Number(name))) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
  const path = join(parent, String(process.pid), basename(tracked));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const original = readText(tracked);
  const salted = hasSalt(original) || knownSalt === undefined ? original : withSalt(original, knownSalt);
  writeFileSync(path, salted, { mode: 0o600 });
  return { path, tracked, original };
}

/**
 * Brings what Pulumi changed in the copy back into the tracked file, and removes the copy.
 * @throws CliError if the tracked file was changed meanwhile: then the copy stays
 */
export function publish({ path, tracked, original }: Settings): void {
  const edited = readFileSync(path, "utf8");
  const next = keepSaltOut(original, edited);
  if (next !== original) {
    if (readFileSync(tracked, "utf8") !== original) {
      const kept = `${tracked}.${process.pid}`;
      replaceFile(kept, next, tracked);
      throw new CliError(
        `${basename(tracked)} was changed by something else at the same time; it stays as it is now, and what this ` +
          `command made of it is in ${kept}. Run the command again, then delete that file`,
      );
    }
    replaceFile(tracked, next, tracked);
    if (hasSecrets(next) && !hasSalt(original)) {
      say(
        `${basename(tracked)} now holds a secret and the salt of your passphrase: ` +
          "whoever else uses this file needs the same passphrase",
      );
    }
  }
  rmSync(dirname(path), { recursive: true, force: true });
}

/**
 * Runs a command that may write the tree's stack files itself (`stack init`, `stack rm`, ...), then takes salts out
 * again that no secret needs, and puts files back that went away with their stack: they are the tree's.
 */
export async function guardStackFiles<T>(files: readonly string[], command: () => Promise<T>): Promise<T> {
  const before = files.map((file) => ({ file, text: readFileSync(file, "utf8"), mode: statSync(file).mode }));
  try {
    return await command();
  } finally {
    for (const { file, text, mode } of before) {
      if (!existsSync(file)) {
        writeFileSync(file, text, { mode });
        say(`${basename(file)} stays: it describes the stack, and ./cronium up makes it again`);
        continue;
      }
      const now = readFileSync(file, "utf8");
      const next = keepSaltOut(text, now);
      if (next !== now) replaceFile(file, next, file);
    }
  }
}

/** What the tracked file should hold after Pulumi made `edited` of `original`. */
export function keepSaltOut(original: string, edited: string): string {
  if (hasSecrets(edited) || (hasSalt(original) && !hasSecrets(original))) return edited;
  const next = edited.replace(SALT, "");
  return next.trimEnd() === original.trimEnd() ? original : next;
}

/** The plain value of a setting such as `docker:host`, as far as one line of YAML tells it. */
export function plainSetting(text: string, key: string): string | undefined {
  const line = new RegExp(`^\\s+["']?${key}["']?:[ \\t]+(.+?)[ \\t]*$`, "m").exec(text)?.[1];
  const value = line?.replace(/\s+#.*$/, "");
  return value === undefined ? undefined : (/^(["'])(.*)\1$/.exec(value)?.[2] ?? value);
}

/** The engine's address, as the settings have it. */
export function dockerSettings(text: string): { host?: string; certPath?: string } {
  return { host: plainSetting(text, "docker:host"), certPath: plainSetting(text, "docker:certPath") };
}

/** The image that `up` makes with mmdebstrap, if it does; the program's own defaults hold for what is unset. */
export function bootstrapImage(text: string): string | undefined {
  if (plainSetting(text, "cronium:images") === "promoted") return undefined;
  const source = plainSetting(text, "cronium:builderRoot") ?? "bootstrap";
  const reference = plainSetting(text, "cronium:builderRootReference");
  if (source !== "bootstrap" && (source !== "auto" || reference)) return undefined;
  return builderRootName(text);
}

/** The name on the engine of the image that the builder stages of a stack start from. */
export function builderRootName(text: string): string {
  const namespace = plainSetting(text, "cronium:namespace");
  return `${namespace ? `${namespace}/` : ""}cronium/builder-root:latest`;
}

/** Whether the settings name a secrets provider that needs no passphrase. */
export function hasCloudSecrets(text: string): boolean {
  const provider = /^secretsprovider:[ \t]*(\S+)/m.exec(text)?.[1];
  return provider !== undefined && provider !== "default" && provider !== "passphrase";
}

const SALT = /^encryptionsalt:.*\n?/m;

function withSalt(text: string, value: string): string {
  const rest = text.trim() === "{}" ? "" : text.replace(/\n*$/, "\n");
  return `${rest}encryptionsalt: ${value}\n`;
}

function hasSalt(text: string): boolean {
  return SALT.test(text);
}

function hasSecrets(text: string): boolean {
  return /^[^#\n]*\bsecure:\s/m.test(text);
}

/** Replaces a file in one step, whole or not at all, with the mode of another one. */
export function replaceFile(file: string, text: string, like: string): void {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
  writeFileSync(draft, text, { mode: statSync(like).mode });
  renameSync(draft, file);
}
