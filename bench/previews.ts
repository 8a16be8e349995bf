import { execFileSync } from "node:child_process";
import { performance } from "node:perf_hooks";

/**
 * Times a preview that changes nothing with the variables of each side, in turns, after one that warms up.
 * @returns each side's median, in seconds
 */
export function timePreviews<Side extends string>(
  runs: number,
  sides: Record<Side, NodeJS.ProcessEnv>,
): Record<Side, number> {
  const names = Object.keys(sides) as Side[];
  const seconds = Object.fromEntries(names.map((side) => [side, [] as number[]])) as Record<Side, number[]>;
  for (let run = 0; run <= runs; run++) {
    for (const side of names) {
      const taken = preview(sides[side]);
      if (run > 0) seconds[side].push(taken);
    }
  }
  return Object.fromEntries(names.map((side) => [side, median(seconds[side])])) as Record<Side, number>;
}

function preview(env: NodeJS.ProcessEnv): number {
  const start = performance.now();
  execFileSync("pulumi", ["preview", "--expect-no-changes", "--non-interactive"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...env },
  });
  return (performance.now() - start) / 1000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
