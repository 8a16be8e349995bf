import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { timePreviews } from "./support/previews";

/**
 * Times a preview that changes nothing, without policies, with them, and with a report too, in turns, all warm, on the dev
 * stack that is up. Prints each side's median in seconds and the ratios to the first.
 * Usage: ./cronium up && eval "$(./cronium shell-env)" && node --import ./register.mjs bench/policyPreview.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 7);
const folder = mkdtempSync(join(tmpdir(), "cronium-bench-"));
const { plain, checked, reported } = timePreviews(runs, {
  plain: { env: { PULUMI_OPTION_POLICY_PACK: "" } },
  checked: {},
  reported: { args: ["--report", folder, "--no-build"] },
});
rmSync(folder, { recursive: true });
const ratio = (seconds: number) => (seconds / plain).toFixed(2);
console.log(`no-op preview, median of ${runs}, seconds`);
console.log(`  without policies         ${plain.toFixed(2)}`);
console.log(`  with policies            ${checked.toFixed(2)}   ratio ${ratio(checked)}`);
console.log(`  with a report too        ${reported.toFixed(2)}   ratio ${ratio(reported)} (at most 1.60 is the aim)`);
