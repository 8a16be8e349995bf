import { timePreviews } from "./previews";

/**
 * Times a preview that changes nothing, with the policy pack and without, in turns, both warm, on the dev stack that is
 * up. Prints each side's median in seconds and their ratio.
 * Usage: ./cronium up && eval "$(./cronium shell-env)" && node --import ./register.mjs bench/policyPreview.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 7);
const { plain, checked } = timePreviews(runs, { plain: { PULUMI_OPTION_POLICY_PACK: "" }, checked: {} });
console.log(`no-op preview, median of ${runs}, seconds`);
console.log(`  without policies         ${plain.toFixed(2)}`);
console.log(`  with policies            ${checked.toFixed(2)}`);
console.log(
  `  ratio                    ${(checked / plain).toFixed(2)} (at most 1.6, the report included, is the aim)`,
);
