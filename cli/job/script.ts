import { readFileSync } from "node:fs";
import { CliError } from "../errors";

/** The languages of jobs: the names of the images they run in. */
export const LANGUAGES = ["bash", "python", "nodejs"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Most bytes of a script: the kernel takes 2 MiB of arguments and environment (execve(2)), which the job shares. */
export const MAX_SCRIPT_BYTES = 1_500_000;

/** Most bytes of one argument: MAX_ARG_STRLEN, 128 KiB with its final NUL. */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

/**
 * Reads a script.
 * @param file its path, or "-" for standard input
 * @throws CliError if it cannot be read, is not UTF-8 text or is too long
 */
export function readScript(file: string): string {
  const bytes = readInput(file, "script");
  if (bytes.length > MAX_SCRIPT_BYTES) {
    throw new CliError(
      `the script ${file} has ${bytes.length} bytes; a job takes at most ${MAX_SCRIPT_BYTES}: pass data with --input`,
    );
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new CliError(`the script ${file} is not UTF-8 text: convert it, for instance with iconv -t utf-8`);
  }
  if (text.includes("\0")) throw new CliError(`the script ${file} has a NUL character: no command line can hold one`);
  return text;
}

/** Reads a file, or standard input for "-". @throws CliError naming what it was to be */
export function readInput(file: string, what: string): Buffer {
  try {
    return readFileSync(file === "-" ? 0 : file);
  } catch (error) {
    throw new CliError(`the ${what} ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The job's command, as an orchestrator starts it; a script longer than one argument comes in several. */
export function commandFor(language: Language, script: string): string[] {
  const { start, assemble } = INTERPRETERS[language];
  if (Buffer.byteLength(script) <= MAX_ARGUMENT_BYTES) return [...start, script];
  return [...start, assemble, ...(language === "bash" ? ["/bin/bash"] : []), ...pieces(script)];
}

/** Each interpreter, and what puts a script together again and runs it as if it had been one argument. */
const INTERPRETERS: Readonly<Record<Language, { start: string[]; assemble: string }>> = {
  bash: {
    start: ["/bin/bash", "-c"],
    assemble: 'printf -v CRONIUM_SCRIPT %s "$@"; set --; eval "$CRONIUM_SCRIPT"',
  },
  python: {
    start: ["python3", "-c"],
    assemble: 'import sys; s = "".join(sys.argv[1:]); del sys.argv[1:]; exec(compile(s, "<string>", "exec"))',
  },
  nodejs: { start: ["node", "-e"], assemble: '(0, eval)(process.argv.splice(1).join(""))' },
};

/** Pieces that each fit into one argument and split no character. */
function pieces(script: string): string[] {
  // A UTF-16 unit takes at most three bytes of UTF-8.
  const units = Math.floor(MAX_ARGUMENT_BYTES / 3);
  const result: string[] = [];
  for (let from = 0; from < script.length; ) {
    let to = Math.min(from + units, script.length);
    if (to < script.length && /[\uD800-\uDBFF]/.test(script[to - 1] as string)) to--;
    result.push(script.slice(from, to));
    from = to;
  }
  return result;
}
