import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { withAuthorities } from "../authorities";

/** One command of `cronium test`. */
export interface Step {
  name: string;
  /** The program and its arguments. */
  command: readonly [string, ...string[]];
  /** Mocha's tests are shown as they run, and count one by one; another command is one check, silent if it passes... */
  mocha?: boolean;
  /** ... unless what it prints is its purpose. */
  shown?: boolean;
  cwd: string;
  env?: NodeJS.ProcessEnv;
}

export interface Count {
  passed: number;
  failed: number;
}

/** Runs a step, shows how it went and counts. A command that cannot be started has failed. */
export async function runStep(step: Step, print: (text: string) => unknown): Promise<Count> {
  const [program, ...args] = step.command;
  const child = spawn(program, args, {
    cwd: step.cwd,
    env: withAuthorities(step.env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const read = [child.stdout, child.stderr].map(async (stream) => {
    for await (const line of createInterface({ input: stream })) {
      lines.push(line);
      if (step.mocha) print(`${line}\n`);
    }
  });
  const status = await once(child, "close").then(
    ([code]: unknown[]) => code as number | null,
    (error: Error) => {
      lines.push(error.message);
      return null;
    },
  );
  await Promise.all(read);
  const count = step.mocha ? countTests(lines, status) : { passed: Number(status === 0), failed: Number(status !== 0) };
  if (step.shown || (status !== 0 && !step.mocha)) print(`${lines.map((line) => `    ${line}`).join("\n")}\n`);
  print(`${count.failed === 0 ? "ok    " : "FAILED"} ${step.name}\n`);
  return count;
}

/** Mocha's summary. A run that ended badly without a failed test (a crash, nothing found) counts as a failure. */
export function countTests(lines: readonly string[], status: number | null): Count {
  const number = (word: string) =>
    Number(lines.findLast((line) => new RegExp(`^ +\\d+ ${word}\\b`).test(line))?.match(/\d+/)?.[0] ?? 0);
  const passed = number("passing");
  const failed = number("failing");
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed };
}
