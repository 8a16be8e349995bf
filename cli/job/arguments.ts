import { userInfo } from "node:os";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CliError } from "../errors";
import { DEV } from "../passphrase";
import { oneLine } from "./json";
import { LANGUAGES, type Language, readInput, readScript } from "./script";

/** What `cronium run` was asked for. */
export interface JobRequest {
  language: Language;
  script: string;
  /** JSON text on one line, as the user wrote it. */
  input: string | undefined;
  env: string[];
  timeoutSeconds: number;
  json: boolean;
  stack: string;
  /** Whose variables the job shares. */
  user: string;
}

/**
 * Reads the command line of `cronium run` and the files that it names.
 * @returns undefined if it asked for help, which is printed then
 * @throws CliError naming the argument, its value and what it should be
 */
export function parseRequest(args: readonly string[]): JobRequest | undefined {
  const parsed: { language?: Language; file?: string } = {};
  const command = new Command("cronium run")
    .description(
      "Runs a script as a job: in its language's image, with a read-only root, /tmp and /workspace in memory, 512 MB, " +
        "half a CPU, 100 processes, and no network but the runtime API. Prints what it prints, then its output, its " +
        "condition and the variables that it set. Status: the script's; 124 after the timeout, 130 after Ctrl-C.",
    )
    .addArgument(new Argument("<language>", "the image to run it in").choices(LANGUAGES))
    .argument("<file>", "the script, or - for standard input")
    .option("--input <json>", "the job's input: JSON, @FILE, or - for standard input", inputText)
    .option("--env <K=V>", "an environment variable of the job; can be given again", envList, [])
    .option("--timeout <seconds>", "stop the job after this time", seconds, 3600)
    .option("--user <id>", "whose variables the job shares", userInfo().username)
    .option("--json", "print one JSON document at the end; what the script prints goes to standard error")
    .addOption(new Option("-s, --stack <name>", "the stack to run it on").env("PULUMI_STACK").default(DEV))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action((language: Language, file: string) => {
      Object.assign(parsed, { language, file });
    });
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new CliError(`run: ${error.message.replace(/^error: /, "")} (cronium run --help)`, 2);
  }
  const options = command.opts<{
    input?: { json: string; stdin: boolean };
    env: string[];
    timeout: number;
    user: string;
    json?: boolean;
    stack: string;
  }>();
  const { language, file } = parsed as { language: Language; file: string };
  if (file === "-" && options.input?.stdin) {
    throw new CliError("run: the script and --input cannot both come from standard input", 2);
  }
  return {
    language,
    script: readScript(file),
    input: options.input?.json,
    env: options.env,
    timeoutSeconds: options.timeout,
    json: options.json ?? false,
    stack: options.stack || DEV,
    user: options.user,
  };
}

/** contract.md: what the job gets after the user's own variables. */
const RESERVED = /^CRONIUM_(RUNTIME_API|EXECUTION_TOKEN|EXECUTION_ID|JOB_ID|JOB_TYPE|EXECUTION_MODE)$/;

/** 29 days: an execution's token lives for 30 at most. */
const MAX_SECONDS = 29 * 24 * 3600;

function inputText(value: string): { json: string; stdin: boolean } {
  const file = value === "-" ? "-" : value.startsWith("@") ? value.slice(1) : undefined;
  const text = file === undefined ? value : readInput(file, "input").toString("utf8");
  try {
    return { json: oneLine(text), stdin: file === "-" };
  } catch (error) {
    const hint = file === undefined ? "; a string needs its quotes: '\"text\"'" : "";
    throw new InvalidArgumentError(`it is not JSON: ${(error as Error).message}${hint}`);
  }
}

function envList(value: string, previous: string[]): string[] {
  const name = /^([^=\0]+)=[^\0]*$/s.exec(value)?.[1];
  if (name === undefined) throw new InvalidArgumentError("expected NAME=VALUE");
  if (RESERVED.test(name)) throw new InvalidArgumentError(`${name} is set for the job itself`);
  return [...previous, value];
}

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0 && number <= MAX_SECONDS)) {
    throw new InvalidArgumentError(`expected a number of seconds above 0, at most ${MAX_SECONDS}`);
  }
  return number;
}
