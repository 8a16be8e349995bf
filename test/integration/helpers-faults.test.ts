import assert from "node:assert/strict";
import { Jobs, type Seen } from "../support/jobs";

/** One read and one write in each language; the error's name and message on standard error, status 1, when it fails. */
const LANGUAGES = {
  bash: {
    read: ["bash", "-c", "cronium_get_variable k"],
    write: ["bash", "-c", 'cronium_set_variable k "$(head -c 3000000 /dev/zero | tr "\\0" x)"'],
    input: ["bash", "-c", "cronium_input"],
  },
  python: {
    read: ["python3", "-c", 'print(cronium.get_variable("k"))'],
    write: ["python3", "-c", 'cronium.set_variable("k", "x" * 3000000)'],
    input: ["python3", "-c", "cronium.input()"],
  },
  "python asyncio": {
    read: ["python3", "-c", asyncio('print(await c.get_variable("k"))')],
    write: ["python3", "-c", asyncio('await c.set_variable("k", "x" * 3000000)')],
    input: ["python3", "-c", asyncio("await c.input()")],
  },
  nodejs: {
    read: ["node", "-e", 'cronium.getVariable("k").then((value) => console.log(JSON.stringify(value)))'],
    write: ["node", "-e", 'cronium.setVariable("k", "x".repeat(3000000))'],
    input: ["node", "-e", "cronium.input()"],
  },
};

describe("faults of the runtime API, as the helpers meet them", () => {
  let jobs: Jobs;
  before(async () => {
    jobs = await Jobs.open();
  });
  after(() => jobs.remove());

  for (const [language, { read, write, input }] of Object.entries(LANGUAGES)) {
    const image = language.split(" ")[0] as string;
    const against = (steps: string, command: string[]) => jobs.runAgainst(steps, image, command);

    describe(language, () => {
      it("tries three times, after 1 s and 2 s, a quarter more or less", async () => {
        const { status, stderr, seen } = await against("503,reset,200", read);
        assert.deepEqual([status, stderr], [0, ""]);
        assert.equal(seen.length, 3);
        assertBetween(pause(seen, 1), 700, 1800);
        assertBetween(pause(seen, 2), 1450, 3200);
      });

      it("gives up after the third, with the last reason", async () => {
        const { status, stderr, seen } = await against("503", read);
        assert.deepEqual([status, seen.length], [1, 3]);
        assert.match(stderr, /answered 503: told to say 503/);
      });

      it("does not repeat what was refused", async () => {
        for (const refusal of ["400", "401", "403", "409"]) {
          const { status, stderr, seen } = await against(refusal, read);
          assert.deepEqual([status, seen.length], [1, 1], refusal);
          assert.match(stderr, new RegExp(`answered ${refusal}: told to say ${refusal}`));
        }
      });

      it("waits as Retry-After says", async () => {
        const { status, seen } = await against("429/3,200", read);
        assert.deepEqual([status, seen.length], [0, 2]);
        assertBetween(pause(seen, 1), 2900, 5000);
      });

      it("does not wait longer than its deadline", async () => {
        const { status, stderr, seen } = await against("429/86400,200", read);
        assert.deepEqual([status, seen.length], [1, 1]);
        assert.match(stderr, /answered 429/);
      });

      it("takes a 404 of the runtime API for a missing variable, and of something else for an error", async () => {
        const missing = await against("404", read);
        assert.deepEqual([missing.status, missing.stderr], [0, ""]);
        const page = await against("html-404", read);
        assert.equal(page.status, 1);
        assert.match(page.stderr, /answered 404: <p>an error of something else/);
      });

      it("says so when an answer is no JSON, or not a success", async () => {
        const junk = await against("junk", input);
        assert.equal(junk.status, 1);
        assert.match(junk.stderr, /cannot be read|parse error|Invalid/);
        const failed = await against("false", input);
        assert.equal(failed.status, 1);
        assert.match(failed.stderr, /it did not work/);
      });

      it("reports a refusal that comes before the body was read", async () => {
        const { status, stderr } = await against("early-413", write);
        assert.equal(status, 1);
        assert.match(stderr, /413|cannot be reached|[Rr]eset|[Bb]roken|EPIPE/);
      });

      it("follows no redirect", async () => {
        const { status, seen } = await against("302", read);
        assert.deepEqual([status, seen.length], [1, 1]);
      });

      it("sends the token as a header and the path as it is", async () => {
        const { seen } = await against("200", read);
        assert.equal(seen[0]?.authorization, "Bearer a.token.of-this-test");
        assert.match(seen[0]?.url ?? "", /^\/[0-9a-f]{8}\/executions\/200\/variables\/k$/);
      });

      it("names the address that nobody listens on", async () => {
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
      });

      it("refuses an address that is none", async () => {
        const env = {
          CRONIUM_RUNTIME_API: "runtime-api:8081",
          CRONIUM_EXECUTION_TOKEN: "t",
          CRONIUM_EXECUTION_ID: "e",
        };
        const { status, stderr } = await jobs.runWithout(image, input, env);
        assert.equal(status, 1);
        assert.match(stderr, /CRONIUM_RUNTIME_API has to be http\(s\)/);
      });
    });
  }

  it("ends an attempt after 30 s, also when bytes keep dripping in", async () => {
    const ended = await Promise.all(
      Object.entries(LANGUAGES).flatMap(([language, { input }]) =>
        ["hang,200", "drip,200"].map(async (steps) => ({
          language,
          steps,
          ...(await jobs.runAgainst(steps, language.split(" ")[0] as string, input)),
        })),
      ),
    );
    for (const { language, steps, status, stderr } of ended) assert.equal(status, 0, `${language} ${steps}: ${stderr}`);
  });
});

function asyncio(statement: string): string {
  return `import asyncio
async def main():
    async with cronium.AsyncCronium() as c:
        ${statement}
asyncio.run(main())`;
}

function pause(seen: Seen[], number: number): number {
  return (seen[number]?.at ?? 0) - (seen[number - 1]?.at ?? 0);
}

function assertBetween(value: number, least: number, most: number): void {
  assert.ok(value >= least && value <= most, `${value} ms is not between ${least} and ${most}`);
}
