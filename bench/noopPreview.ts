import { timePreviews } from "./support/previews";

/**
 * Times a preview that changes nothing, as this project runs its TypeScript and with Pulumi's default (ts-node with type
 * check), without policies, in turns, both warm, on the dev stack that is up. Prints each side's median in seconds and
 * their ratio.
 * Usage: ./cronium up && eval "$(./cronium shell-env)" && node --import ./register.mjs bench/noopPreview.ts [RUNS]
 */
const runs = Number(process.argv[2] ?? 7);
const { project, byDefault } = timePreviews(runs, {
  project: { env: { PULUMI_OPTION_POLICY_PACK: "" } },
  byDefault: { env: { PULUMI_OPTION_POLICY_PACK: "", PULUMI_NODEJS_TRANSPILE_ONLY: "false" } },
});
console.log(`no-op preview, median of ${runs}, seconds`);
console.log(`  this project             ${project.toFixed(2)}`);
console.log(`  Pulumi's default         ${byDefault.toFixed(2)}`);
console.log(`  ratio                    ${(project / byDefault).toFixed(2)} (at most 0.60 is the aim)`);
