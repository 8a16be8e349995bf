import { Command } from "commander";
import { ensureLinters } from "./checks/linters";
import { type Count, runStep, type Step } from "./checks/step";
import { systemSteps, testSteps } from "./checks/steps";
import { projectRoot } from "./paths";

/** `cronium test`: what a change has to pass. Prints a line for each check, and `N passed, N failed` at the end. */
export async function command(args: readonly string[]): Promise<number> {
  const { all } = new Command("cronium test")
    .description("Types, linters, unit tests, and integration tests on this machine's engine with stacks of their own.")
    .option("--all", "the system tests, Go's tests and the measurements too")
    .allowExcessArguments(false)
    .parse(args, { from: "user" })
    .opts<{ all?: boolean }>();
  const root = projectRoot();
  const { first, quick, slow } = testSteps(root, await ensureLinters(root));
  const total: Count = { passed: 0, failed: 0 };
  const print = (text: string) => process.stdout.write(text);
  await runSteps(first, print, total);
  const blocks: string[] = [];
  await Promise.all([
    runSteps(slow, print, total),
    // Their lines would be lost among those of the others: each step's come together at its end.
    runSteps(
      quick,
      (text) => blocks.push(text),
      total,
      () => print(blocks.splice(0).join("")),
    ),
  ]);
  if (all) await runSteps(systemSteps(root), print, total);
  print(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}

async function runSteps(
  steps: readonly Step[],
  print: (text: string) => unknown,
  total: Count,
  ended: () => unknown = () => undefined,
): Promise<void> {
  for (const step of steps) {
    const { passed, failed } = await runStep(step, print);
    total.passed += passed;
    total.failed += failed;
    ended();
  }
}
