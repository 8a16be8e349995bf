/** The checks that start containers: test/integration/verify.test.ts has their bad images. */
export const RUN_TIME_CHECKS: readonly string[] = [
  "runs-locked-down",
  "init-reaps",
  "stops-in-time",
  "library-loads",
  "shell-for-subprocesses",
  "promised-tools",
  "helper-loads",
  "healthcheck-passes",
];
