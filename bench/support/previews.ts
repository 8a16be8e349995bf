import { execFileSync } from "node:child_process";
import { performance } from "node:perf_hooks";

/** How one side previews. */
export interface Side {
  env?: NodeJS.ProcessEnv;
  args?: readonly string[];
}

/**
 * Times a preview that changes nothing as each side does it, in turns, after one that warms up.
 * @returns each side's median, in seconds
 */
export function timePreviews<Name extends string>(runs: number, sides: Record<Name, Side>): Record<Name, number> {
  const names = Object.keys(sides) as Name[];
  const seconds = Object.fromEntries(names.map((side) => [side, [] as number[]])) as Record<Name, number[]>;
  for (let run = 0; run <= runs; run++) {
    for (const side of names) {
      const taken = preview(sides[side]);
      if (run > 0) seconds[side].push(taken);
    }
  }
  return Object.fromEntries(names.map((side) => [side, median(seconds[side])])) as Record<Name, number>;
}

function preview({ env, args = [] }: Side): number {
  const start = performance.now();
  execFileSync("pulumi", ["preview", "--expect-no-changes", "--non-interactive", ...args], {
    stdio: ["ignore", "ignore", args.length > 0 ? "ignore" : "inherit"],
    env: { ...process.env, ...env },
  });
  return (performance.now() - start) / 1000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
