import { Command } from "commander";
import { ensureLinters } from "./checks/linters";
import { type Count, runStep } from "./checks/step";
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
  const steps = testSteps(root, await ensureLinters(root));
  if (all) steps.push(...systemSteps(root));
  const total: Count = { passed: 0, failed: 0 };
  for (const step of steps) {
    const { passed, failed } = await runStep(step, (text) => process.stdout.write(text));
    total.passed += passed;
    total.failed += failed;
  }
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}
