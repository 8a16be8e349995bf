import { execFileSync } from "node:child_process";
import { performance } from "node:perf_hooks";

/**
 * Times a preview that changes nothing, as this project runs its TypeScript and with Pulumi's default (ts-node with type
 * check), in turns, both warm, without policies, on the dev stack that is up. Prints each side's median in seconds and their ratio.
 * Usage: ./cronium up && eval "$(./cronium shell-env)" && node --import ./register.mjs bench/noopPreview.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 7);
const sides = { project: undefined, default: "false" } as const;
const seconds: Record<keyof typeof sides, number[]> = { project: [], default: [] };

for (let run = 0; run <= runs; run++) {
  for (const [side, transpileOnly] of Object.entries(sides) as [keyof typeof sides, string | undefined][]) {
    const taken = preview(transpileOnly);
    if (run > 0) seconds[side].push(taken); // the first run warms up
  }
}

const [project, byDefault] = [median(seconds.project), median(seconds.default)];
console.log(`no-op preview, median of ${runs}, seconds`);
console.log(`  this project             ${project.toFixed(2)}`);
console.log(`  Pulumi's default         ${byDefault.toFixed(2)}`);
console.log(`  ratio                    ${(project / byDefault).toFixed(2)} (at most 0.60 is the aim)`);

function preview(transpileOnly: string | undefined): number {
  const start = performance.now();
  execFileSync("pulumi", ["preview", "--expect-no-changes", "--non-interactive"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      PULUMI_OPTION_POLICY_PACK: "",
      ...(transpileOnly && { PULUMI_NODEJS_TRANSPILE_ONLY: transpileOnly }),
    },
  });
  return (performance.now() - start) / 1000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
