import { isatty } from "node:tty";

/** What cronium needs to know of a Pulumi command line, which itself goes to Pulumi as it is. */
export interface Line {
  /** The arguments for Pulumi: all but cronium's own `--no-install`. */
  args: string[];
  /** The command with its subcommand and arguments, canonical name first: `["up"]`, `["stack", "init", "dev"]`. */
  words: string[];
  stack: string | undefined;
  cwd: string | undefined;
  configFile: string | undefined;
  /** The user names policy packs. */
  namesPolicies: boolean;
  /** `-c key=value` changes the stack's settings. */
  setsConfig: boolean;
  help: boolean;
  /** False with `--no-install`: nothing is installed on this machine. */
  install: boolean;
  nonInteractive: boolean;
}

/** Reads a command line as Pulumi's parser (pflag) does, as far as cronium needs it. */
export function parseLine(argv: readonly string[]): Line {
  const flags = new Map<string, string>();
  const words: string[] = [];
  const args = argv.filter((arg, i) => arg !== "--no-install" || isAfterDashes(argv, i));
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg.startsWith("--")) {
      const [name, value] = split(arg.slice(2), "=");
      if (value !== undefined) flags.set(name, value);
      else flags.set(name, takesValue(name, words[0]) ? (args[++i] ?? "") : "true");
    } else if (arg.startsWith("-") && arg.length > 1) {
      i += short(arg.slice(1), args[i + 1]);
    } else words.push(arg);
  }
  const command = words[0] === undefined ? [] : [ALIASES[words[0]] ?? words[0], ...words.slice(1)];
  return {
    args,
    words: command,
    stack: flags.get("stack") || undefined,
    cwd: flags.get("cwd") || undefined,
    configFile: flags.get("config-file") || undefined,
    namesPolicies: flags.has("policy-pack"),
    setsConfig: flags.has("config"),
    help: flags.has("help") || words[0] === "help",
    install: args.length === argv.length,
    nonInteractive: flags.has("non-interactive"),
  };

  /** A cluster of one-letter flags; returns how many of the following arguments it takes. */
  function short(letters: string, next: string | undefined): number {
    for (let i = 0; i < letters.length; i++) {
      const name = SHORT[letters[i] as string];
      if (name === undefined) continue;
      if (!takesValue(name, words[0])) {
        flags.set(name, "true");
        continue;
      }
      const rest = letters.slice(i + 1).replace(/^=/, "");
      flags.set(name, rest || (next ?? ""));
      return rest ? 0 : 1;
    }
    return 0;
  }
}

/** Whether Pulumi will ask before it acts: it does on a terminal, outside of CI systems. */
export function isInteractive(line: Pick<Line, "nonInteractive">, env: NodeJS.ProcessEnv = process.env): boolean {
  return !line.nonInteractive && isatty(0) && isatty(1) && env.TERM?.toLowerCase() !== "dumb" && !env.CI;
}

const ALIASES: Readonly<Record<string, string>> = { update: "up", pre: "preview", down: "destroy", dn: "destroy" };

const SHORT: Readonly<Record<string, string>> = {
  s: "stack",
  C: "cwd",
  c: "config",
  h: "help",
  m: "message",
  v: "verbose",
  t: "target",
  p: "parallel",
};

/** Pulumi's flags whose value is an argument of its own; others stand alone or hold their value after `=`. */
const VALUED = new Set(
  (
    "stack cwd config config-file message verbose target parallel color tracing otel-traces profiling memprofilerate " +
    "tracing-header exclude replace target-replace policy-pack policy-pack-config plan save-plan event-log output " +
    "import-file file env exec-kind exec-agent attach-debugger secrets-provider copy-config-from"
  ).split(" "),
);

function takesValue(name: string, word: string | undefined): boolean {
  // `pulumi new -c` and the operations take a setting; elsewhere (`stack output`) no such flag exists.
  return VALUED.has(name) && !(name === "target" && word === "new");
}

function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function isAfterDashes(argv: readonly string[], index: number): boolean {
  const dashes = argv.indexOf("--");
  return dashes >= 0 && dashes < index;
}
