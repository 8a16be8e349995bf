import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { token } from "../support/runtime-api";
import { type RunningService, startService } from "../support/runtime-api-process";

const SCHEMATHESIS = "schemathesis==4.32.5";
/** Cases for each of the ten operations that take something; with the fixed ones they are more than 10,000. */
const CASES = 1000;

// 412 is the right answer to an If-Match that nobody was told: schemathesis invents them.
const CONFIG = `[parameters]
"path.id" = "exec-1"

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "412"]
`;

describe("runtime-api: against its own OpenAPI document, by schemathesis", () => {
  let folder: string;
  let service: RunningService;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "cronium-openapi-"));
    execFileSync("python3", ["-m", "venv", join(folder, "venv")]);
    execFileSync(join(folder, "venv", "bin", "pip"), ["install", "--quiet", SCHEMATHESIS]);
    writeFileSync(join(folder, "schemathesis.toml"), CONFIG);
    const limits = {
      RATE_LIMIT_PER_MIN: "10000000",
      EXECUTION_MAX_KEYS: "10000000",
      EXECUTION_MAX_BYTES: "1000000000000",
    };
    service = await startService(folder, { DATA_DIR: folder, ...limits });
  });
  after(async () => {
    await service.stop("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  const run = (args: string[], env: Record<string, string> = {}): { output: string; cases: number } => {
    const base = ["--config-file", "schemathesis.toml", "run", `http://127.0.0.1:${service.port}/openapi.json`];
    // One worker: threads that parse Python at once fail now and then (python/cpython#106905), and take turns anyway.
    const options = ["--max-examples", String(CASES), "--continue-on-failure", "--no-color", "--workers", "1"];
    const { status, stdout, stderr } = spawnSync(
      join(folder, "venv", "bin", "schemathesis"),
      [...base, ...options, ...args],
      {
        cwd: folder,
        env: { ...process.env, ...env },
        encoding: "utf8",
        maxBuffer: 1 << 28,
      },
    );
    assert.equal(status, 0, stdout + stderr);
    return { output: stdout, cases: Number(/(\d[\d,]*) generated/.exec(stdout)?.[1]?.replaceAll(",", "")) };
  };

  it("keeps to it in 10,000 cases with a valid token: no 5xx, nothing outside the document", () => {
    const { cases } = run(["--header", `Authorization: Bearer ${token()}`, "--phases", "coverage,fuzzing,stateful"]);
    assert.ok(cases >= 10_000, `${cases} cases`);
  });

  it("answers 401 to 10,000 cases with random tokens", () => {
    const hooks = { SCHEMATHESIS_HOOKS: resolve("test/support/schemathesis_hooks.py"), RANDOM_TOKENS: token() };
    const { cases } = run(
      ["--checks", "only_unauthorized", "--include-path-regex", "^/(executions|tool)", "--phases", "fuzzing"],
      hooks,
    );
    assert.ok(cases >= 10_000, `${cases} cases`);
  });
});
