import { CliError, say } from "./errors";

/** cronium's own words: each is the file of that name, which exports its `command`. All other words are Pulumi's. */
const OWN_WORDS = new Set("run verify sbom compare outdated promote ci doctor shell-env test clean".split(" "));

/** A mistake in this program: it is shown with its place. Any other error has a message for its reader. */
const PROGRAMMING_ERRORS = [TypeError, ReferenceError, RangeError];

/** Takes the arguments after its word; returns the exit status. */
export type Command = (args: readonly string[]) => number | Promise<number>;

async function main([word = "--help", ...rest]: readonly string[]): Promise<number> {
  if (word === "--help" || word === "-h") return (await load("help"))(rest);
  if (OWN_WORDS.has(word)) {
    // `run` has a job to clean up after.
    if (word !== "run") process.stdout.on("error", endQuietly);
    return (await load(word))(rest);
  }
  // Who wants a report waits for Pulumi to end; who wants none never loads what makes them.
  const passThrough = await load(wantsReport(rest) ? "report" : "pass-through");
  return word === "pulumi" ? passThrough(["--anywhere", ...rest]) : passThrough([word, ...rest]);
}

function wantsReport(args: readonly string[]): boolean {
  return args.some((arg) => arg === "--report" || arg.startsWith("--report="));
}

/** Loads a word's file when it is used: this runs before every command of Pulumi, which should not wait for the rest. */
async function load(word: string): Promise<Command> {
  const module = (await import(`./${word}.ts`)) as { command: Command };
  return module.command;
}

/** A reader that went away (`| head`) ends the program as SIGPIPE would. */
function endQuietly(error: NodeJS.ErrnoException): never {
  if (error.code === "EPIPE") process.exit(128 + 13);
  throw error;
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.exitCode = error instanceof CliError ? error.status : 1;
    if (!(error instanceof Error) || PROGRAMMING_ERRORS.some((type) => error instanceof type)) throw error;
    if (error.message !== "") say(error.message);
  },
);
