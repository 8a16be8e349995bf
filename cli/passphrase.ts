import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "./errors";

/** The one stack that gets a passphrase from cronium. */
export const DEV = "dev";

export function passphraseFile(state: string): string {
  return join(state, "passphrase-dev");
}

/** Whether Pulumi will find a passphrase in its environment; an empty PULUMI_CONFIG_PASSPHRASE is one. */
export function hasPassphrase(env: NodeJS.ProcessEnv): boolean {
  return env.PULUMI_CONFIG_PASSPHRASE !== undefined || Boolean(env.PULUMI_CONFIG_PASSPHRASE_FILE);
}

/**
 * Makes the dev stack's passphrase, once: readable by its owner only, complete or not there at all.
 * @returns its file
 */
export function ensureDevPassphrase(state: string): string {
  const file = passphraseFile(state);
  if (existsSync(file)) return file;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  try {
    // A link is made whole or fails because another command was first: then that one's passphrase holds.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
  return file;
}

/** @throws CliError that names the missing passphrase of a stack other than dev and how to give it */
export function requirePassphrase(stack: string, env: NodeJS.ProcessEnv): void {
  if (hasPassphrase(env)) return;
  throw new CliError(
    `stack ${stack} has no passphrase: set PULUMI_CONFIG_PASSPHRASE_FILE to the path of a file that holds it ` +
      `(or PULUMI_CONFIG_PASSPHRASE to the passphrase itself); only stack ${DEV} gets one by default`,
  );
}
