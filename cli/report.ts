import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseEvents } from "../report/events";
import type { Report } from "../report/model";
import { reportOf } from "../report/report";
import { type ResourceSteps, stepsOf } from "../report/steps";
import { writeReport } from "../report/write";
import { CliError, say } from "./errors";
import { parseLine } from "./line";
import { lastNewer } from "./outdated/last";
import { command as passThrough, stackOf } from "./pass-through";
import { projectRoot } from "./paths";
import { complete } from "./report-images";
import { plainName } from "./stacks";

/** cronium's own part of a line with --report. */
export interface ReportLine {
  /** Where the report goes. */
  folder: string;
  /** False with --no-build: the images whose inputs changed are not built to see what they hold. */
  build: boolean;
  /** The rest, which is Pulumi's. */
  args: string[];
}

/**
 * `preview` and `up` with `--report DIR`: Pulumi runs as ever, with its own prompts, output and status; then what its event
 * log says goes into DIR, also when it failed, was stopped by a policy or by a signal, or could not be started.
 */
export async function command(argv: readonly string[]): Promise<number> {
  const { folder, build, args } = takeReport(argv);
  const line = parseLine(args);
  const operation = line.words[0];
  if (operation !== "preview" && operation !== "up") {
    throw new CliError(`--report goes with preview and up, not with ${JSON.stringify(operation ?? "")}`, 2);
  }
  if (line.help) return passThrough(args);
  // The log holds the stack's values: it is this user's alone, and gone at the end.
  const scratch = mkdtempSync(join(tmpdir(), "cronium-report-"));
  try {
    return await reported(join(scratch, "events.jsonl"));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }

  async function reported(eventLog: string): Promise<number> {
    const began = new Date();
    const root = projectRoot();
    const stack = stackOf(line);
    const make = (status: number, error?: string): { report: Report; resources: ResourceSteps[] } => {
      const events = parseEvents(existsSync(eventLog) ? readFileSync(eventLog, "utf8") : "");
      const project = plainProject(root);
      const run = {
        operation: operation as Report["operation"],
        project,
        stack: plainName(stack),
        status,
        began,
        root,
      };
      const report = reportOf(events, { ...run, ended: new Date(), error, sources: sourcesOf(root) });
      const before = Object.fromEntries(report.images.map(({ name, before }) => [name, before?.reference]));
      const newer = operation === "preview" ? lastNewer(run.stack, before) : undefined;
      return { report: { ...report, ...(newer && { newer }) }, resources: stepsOf(events) };
    };
    const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
    const target = resolve(folder);

    const status = await passThrough(args, eventLog).catch((error: Error) => {
      writeReport(target, make(error instanceof CliError ? error.status : 1, error.message).report, version);
      say(`the report is in ${folder}`);
      throw error;
    });
    const { report, resources } = make(status);
    // Without what the images hold first: nothing that happens to their builds can take the report away.
    writeReport(target, report, version);
    const whole = await complete(report, resources, { root, stack, build });
    if (whole !== report) writeReport(target, whole, version);
    say(`the report is in ${folder}: summary.md, report.html, report.json, policy.sarif`);
    return status;
  }
}

/** Takes cronium's own flags out of a line, up to a `--`. */
export function takeReport(argv: readonly string[]): ReportLine {
  const args: string[] = [];
  let folder: string | undefined;
  let build = true;
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string;
    if (arg === "--") {
      args.push(...argv.slice(i));
      break;
    }
    if (arg === "--report") folder = argv[++i] ?? "";
    else if (arg.startsWith("--report=")) folder = arg.slice("--report=".length);
    else if (arg === "--no-build") build = false;
    else if (/^--event-log(=|$)/.test(arg)) {
      throw new CliError(
        "--event-log and --report exclude each other: the report is made from Pulumi's one event log",
        2,
      );
    } else args.push(arg);
  }
  if (!folder || folder.startsWith("-")) {
    throw new CliError("--report wants the folder that the report goes to: --report DIR", 2);
  }
  return { folder, build, args };
}

function plainProject(root: string): string {
  return /^name:\s*["']?([^"'\s]+)/m.exec(readFileSync(join(root, "Pulumi.yaml"), "utf8"))?.[1] ?? "";
}

/** Where resources are made: the program and the Dockerfiles. */
function sourcesOf(root: string): Map<string, string> {
  const paths = globSync(["*.ts", "components/**/*.ts", "images/*/Dockerfile"], { cwd: root }).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}
