import assert from "node:assert/strict";
import { LANGUAGES } from "../support/calls";
import { type Against, Jobs, type Seen } from "../support/jobs";

interface Case {
  image: string;
  read: string[];
  write: string[];
  input: string[];
  /** Runs a command against the stand-in with these steps. */
  against(steps: string, command: string[]): Promise<Against>;
}

describe("faults of the runtime API, as the helpers meet them", () => {
  let jobs: Jobs;
  before(async () => {
    jobs = await Jobs.open();
  });
  after(() => jobs.remove());

  /** A test that does the same in every language at once: most of it is waiting. */
  const inEach = (check: (each: Case) => Promise<void>) => async () => {
    const checks = Object.entries(LANGUAGES).map(async ([language, calls]) => {
      const image = language.split(" ")[0] as string;
      try {
        await check({ ...calls, image, against: (steps, command) => jobs.runAgainst(steps, image, command) });
      } catch (error) {
        throw new Error(`${language}: ${(error as Error).message}`, { cause: error });
      }
    });
    for (const checked of await Promise.allSettled(checks)) if (checked.status === "rejected") throw checked.reason;
  };

  it(
    "tries three times, after 1 s and 2 s, a quarter more or less",
    inEach(async ({ against, read }) => {
      const { status, stderr, seen } = await against("503,reset,200", read);
      assert.deepEqual([status, stderr], [0, ""]);
      assert.equal(seen.length, 3);
      assertBetween(pause(seen, 1), 700, 1800);
      assertBetween(pause(seen, 2), 1450, 3200);
    }),
  );

  it(
    "gives up after the third, with the last reason",
    inEach(async ({ against, read }) => {
      const { status, stderr, seen } = await against("503", read);
      assert.deepEqual([status, seen.length], [1, 3]);
      assert.match(stderr, /answered 503: told to say 503/);
    }),
  );

  it(
    "does not repeat what was refused",
    inEach(async ({ against, read }) => {
      for (const refusal of ["400", "401", "403", "409"]) {
        const { status, stderr, seen } = await against(refusal, read);
        assert.deepEqual([status, seen.length], [1, 1], refusal);
        assert.match(stderr, new RegExp(`answered ${refusal}: told to say ${refusal}`));
      }
    }),
  );

  it(
    "waits as Retry-After says",
    inEach(async ({ against, read }) => {
      const { status, seen } = await against("429/3,200", read);
      assert.deepEqual([status, seen.length], [0, 2]);
      assertBetween(pause(seen, 1), 2900, 5000);
    }),
  );

  it(
    "does not wait longer than its deadline",
    inEach(async ({ against, read }) => {
      const { status, stderr, seen } = await against("429/86400,200", read);
      assert.deepEqual([status, seen.length], [1, 1]);
      assert.match(stderr, /answered 429/);
    }),
  );

  it(
    "takes a 404 of the runtime API for a missing variable, and of something else for an error",
    inEach(async ({ against, read }) => {
      const missing = await against("404", read);
      assert.deepEqual([missing.status, missing.stderr], [0, ""]);
      const page = await against("html-404", read);
      assert.equal(page.status, 1);
      assert.match(page.stderr, /answered 404: <p>an error of something else/);
    }),
  );

  it(
    "says so when an answer is no JSON, or not a success",
    inEach(async ({ against, input }) => {
      const junk = await against("junk", input);
      assert.equal(junk.status, 1);
      assert.match(junk.stderr, /cannot be read|parse error|Invalid/);
      const failed = await against("false", input);
      assert.equal(failed.status, 1);
      assert.match(failed.stderr, /it did not work/);
    }),
  );

  it(
    "reports a refusal that comes before the body was read",
    inEach(async ({ against, write }) => {
      const { status, stderr } = await against("early-413", write);
      assert.equal(status, 1);
      assert.match(stderr, /413|cannot be reached|[Rr]eset|[Bb]roken|EPIPE/);
    }),
  );

  it(
    "follows no redirect",
    inEach(async ({ against, read }) => {
      const { status, seen } = await against("302", read);
      assert.deepEqual([status, seen.length], [1, 1]);
    }),
  );

  it(
    "sends the token as a header and the path as it is",
    inEach(async ({ against, read }) => {
      const { seen } = await against("200", read);
      assert.equal(seen[0]?.authorization, "Bearer a.token.of-this-test");
      assert.match(seen[0]?.url ?? "", /^\/[0-9a-f]{8}\/executions\/200\/variables\/k$/);
    }),
  );

  it(
    "names the address that nobody listens on",
    inEach(async ({ image, input }) => {
      const started = Date.now();
      const env = {
        CRONIUM_RUNTIME_API: "http://127.0.0.1:9",
        CRONIUM_EXECUTION_TOKEN: "t",
        CRONIUM_EXECUTION_ID: "e",
      };
      const { status, stderr } = await jobs.runWithout(image, input, env);
      assert.equal(status, 1);
      assert.match(stderr, /refused|connect|reached/i);
      assert.ok(Date.now() - started > 2000, "refused connections are tried again");
    }),
  );

  it(
    "refuses an address that is none",
    inEach(async ({ image, input }) => {
      const env = {
        CRONIUM_RUNTIME_API: "runtime-api:8081",
        CRONIUM_EXECUTION_TOKEN: "t",
        CRONIUM_EXECUTION_ID: "e",
      };
      const { status, stderr } = await jobs.runWithout(image, input, env);
      assert.equal(status, 1);
      assert.match(stderr, /CRONIUM_RUNTIME_API has to be http\(s\)/);
    }),
  );
});

function pause(seen: Seen[], number: number): number {
  return (seen[number]?.at ?? 0) - (seen[number - 1]?.at ?? 0);
}

function assertBetween(value: number, least: number, most: number): void {
  assert.ok(value >= least && value <= most, `${value} ms is not between ${least} and ${most}`);
}
