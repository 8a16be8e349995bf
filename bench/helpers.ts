import { environmentOf, Jobs } from "../test/support/jobs";

/**
 * A helper's call as a whole process, in its container and against a real runtime API, beside bare curl, python3 and node:
 * in turns, medians in milliseconds. Usage, with a stack that is up: node --import ./register.mjs bench/helpers.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 40);

interface Side {
  image: string;
  /** Prints the milliseconds that each of its arguments takes, as a script of the language, a line a run. */
  driver: string[];
  bare: string;
  /** Most times of the bare program's. */
  goal: number;
  calls: string[];
}

const BASH = `
for ((run = 0; run <= RUNS; run++)); do
  for script; do
    start=\${EPOCHREALTIME/./}
    case $script in curl*) eval "$script" ;; *) bash -c "$script" ;; esac >/dev/null || exit
    printf '%s ' "$(((\${EPOCHREALTIME/./} - start) / 10))e-2"
  done
  echo
done`;

const PYTHON = `
import os, subprocess, sys, time
for run in range(int(os.environ["RUNS"]) + 1):
    taken = []
    for script in sys.argv[1:]:
        start = time.perf_counter()
        subprocess.run(["python3", "-c", script], check=True)
        taken.append((time.perf_counter() - start) * 1000)
    print(*taken)`;

const NODE = `
const { spawnSync } = require("node:child_process");
for (let run = 0; run <= Number(process.env.RUNS); run++) {
  const taken = process.argv.slice(1).map((script) => {
    const start = performance.now();
    const { status } = spawnSync("node", ["-e", script]);
    if (status !== 0) throw new Error(script);
    return performance.now() - start;
  });
  console.log(taken.join(" "));
}`;

const sides: Record<string, Side> = {
  bash: {
    image: "bash",
    driver: ["bash", "-c", BASH, "driver"],
    bare: 'curl -s -H "Authorization: Bearer $CRONIUM_TOKEN" "$CRONIUM_API/executions/$CRONIUM_EXEC_ID/input"',
    goal: 2.5,
    calls: ["cronium_input", "cronium_set_variable k 41", "cronium_set_variable k '{\"a\":[1,2]}'"],
  },
  python: {
    image: "python",
    driver: ["python3", "-c", PYTHON],
    bare: "pass",
    goal: 3,
    calls: ["import cronium; cronium.input()", "cronium.set_variable('k', {'a': [1, 2]})"],
  },
  node: {
    image: "nodejs",
    driver: ["node", "-e", NODE, "--"],
    bare: "0",
    goal: 1.3,
    calls: ["require('cronium').input()", "cronium.setVariable('k', { a: [1, 2] })"],
  },
};

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

async function main(): Promise<void> {
  const jobs = await Jobs.open();
  try {
    console.log(`whole processes, median of ${runs}, ms`);
    for (const [language, { image, driver, bare, goal, calls }] of Object.entries(sides)) {
      const execution = await jobs.register(`measured ${language}`, '{"n":41}');
      const env = { ...environmentOf(execution), RUNS: String(runs) };
      const { status, stdout, stderr } = await jobs.runWithout(image, [...driver, bare, ...calls], env);
      if (status !== 0) throw new Error(`${language}: ${stderr}`);
      // The first line warms up.
      const lines = stdout.trim().split("\n").slice(1);
      const taken = [bare, ...calls].map((_, at) => median(lines.map((line) => Number(line.split(" ")[at]))));
      const [least = Number.NaN, ...others] = taken;
      console.log(`  ${row(bare.split(" ")[0] === "curl" ? "curl alone" : `bare ${language}`, least)}`);
      for (const [at, ms] of others.entries()) {
        console.log(`  ${row(calls[at] as string, ms)}  ${(ms / least).toFixed(2)} times, ${goal} is the aim`);
      }
    }
  } finally {
    await jobs.remove();
  }
}

function row(name: string, ms: number): string {
  return `${name.padEnd(44)} ${ms.toFixed(1).padStart(6)}`;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
