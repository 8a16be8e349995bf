import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { environmentOf, Jobs, type RawAnswer, type Registered, type Seen, standInEnvironment } from "../support/jobs";
import { type Case, caseOver, LANGUAGES, type Language, type Saw, type Store } from "./case";
import { routes } from "./routes";
import { assertSame, bashWords, check, type Ended, runsIn, cases as table } from "./table";
import { given } from "./values";

const INPUT = '{"n":41,"big":12345678901234567890,"rows":[{"a":"x y"},false]}';

/** Image and command of each language; the table's files are in /table. */
const PROGRAMS: Record<Language, [string, ...string[]]> = {
  bash: ["bash", "bash", "/table/run.bash"],
  python: ["python", "python3", "/table/run.py", "sync"],
  "python asyncio": ["python", "python3", "/table/run.py", "asyncio"],
  "node require": ["nodejs", "node", "/table/run.cjs"],
  "node import": ["nodejs", "node", "/table/run.mjs"],
};

/** What came of the table in one language. */
interface Run {
  execution: Registered;
  ended: Map<number, Ended>;
}

/** Makes all calls in all languages, beside real runtime APIs that keep things in this store, and checks what came of each. */
export function describeTable(store: Store): void {
  const cases = table.map((one) => caseOver(store, one));
  const calls = LANGUAGES.reduce((sum, language) => sum + cases.filter((one) => runsIn(language, one)).length, 0);
  const count = `${cases.length} cases, ${calls} calls in ${LANGUAGES.length} languages, ${routes.length} requests`;

  describe(`the helpers, call by call, in every language, over ${store}: ${count}`, () => {
    let jobs: Jobs;
    const runs = new Map<Language, Run>();
    const seen = new Map<string, Seen[]>();
    const stored = new Map<string, string>();
    let answers: RawAnswer[];

    before(async () => {
      jobs = await Jobs.open(store);
      const executions = await Promise.all(LANGUAGES.map((language) => jobs.register(`user of ${language}`, INPUT)));
      await jobs.raw(executions.flatMap((execution) => writes(execution)));
      const files = Object.fromEntries(
        LANGUAGES.map((language, at) => [`${at}`, tableOf(cases, language, executions[at] as Registered)]),
      );
      const runners = ["run.bash", "run.py", "run.cjs", "run.mjs"];
      const volume = await jobs.volume({
        ...Object.fromEntries(runners.map((name) => [name, readFileSync(`test/helpers/${name}`, "utf8")])),
        ...files,
      });
      await Promise.all(
        LANGUAGES.map(async (language, at) => {
          const execution = executions[at] as Registered;
          const [image, ...command] = PROGRAMS[language];
          const options = { HostConfig: { ...volume.HostConfig, PidsLimit: 1000 } };
          const ran = await jobs.runWithout(image, [...command, `/table/${at}`], environmentOf(execution), options);
          assert.deepEqual([ran.status, ran.stderr], [0, ""], language);
          runs.set(language, { execution, ended: endedIn(language, ran.stdout) });
        }),
      );
      for (const one of await jobs.seen()) {
        const test = one.test.split(".")[0] as string;
        seen.set(test, [...(seen.get(test) ?? []), one]);
      }
      const reads = LANGUAGES.flatMap((language) =>
        cases.flatMap((one) => (one.stores === undefined || !runsIn(language, one) ? [] : [{ language, one }])),
      );
      const read = await jobs.raw(
        reads.map(({ language, one }) => ({
          method: "GET",
          path: `/variables/${keyOf(one)}`,
          execution: runs.get(language)?.execution as Registered,
        })),
      );
      for (const [at, { language, one }] of reads.entries())
        stored.set(`${language} ${keyOf(one)}`, read[at]?.body as string);
      const execution = await jobs.register("user of routes");
      answers = await jobs.raw(routes.map((route) => ({ ...route, execution })));
    });
    after(() => jobs?.remove());

    for (const [at, one] of cases.entries()) {
      it(`${at}: not so: ${one.what}`, () => {
        const wrong = LANGUAGES.filter((language) => runsIn(language, one)).flatMap((language) => {
          try {
            check(language, one, runs.get(language)?.ended.get(at));
            if (one.saw) checkSeen(one.saw, seen.get(testName(language, at)) ?? []);
            if (one.stores !== undefined) {
              const text = /^\{"success":true,"data":\{"key":.*,"value":(.*)\}\}$/s.exec(
                stored.get(`${language} ${keyOf(one)}`) ?? "",
              )?.[1];
              assertSame(text ?? "nothing", one.stores);
            }
            return [];
          } catch (error) {
            return [`${language}: ${(error as Error).message}`];
          }
        });
        assert.deepEqual(wrong, []);
      });
    }

    for (const [at, { what, method, path, over, ...expected }] of routes.entries()) {
      it(`${method} ${path}: not so: ${what}`, () => {
        const { status, reads = /./ } = over?.[store] ?? expected;
        const answer = answers[at];
        assert.equal(answer?.status, status, answer?.body);
        assert.match(answer?.body ?? "", reads);
      });
    }

    it("hand back output and condition", async () => {
      for (const [language, { execution }] of runs) {
        const { text, condition } = await jobs.ended(execution);
        const expected =
          language === "python asyncio" ? /"output":\{"a"/ : /"output":\{"a":\[false,0,"",null,12345678901234567890\]/;
        assert.match(text, expected, language);
        assert.equal(condition, false, language);
      }
    });
  });
}

/** The requests that write what the calls read. */
function writes(execution: Registered) {
  return Object.entries(given).map(([key, json]) => ({
    method: "PUT",
    path: `/variables/${segment(key)}`,
    body: `{"value":${json}}`,
    execution,
  }));
}

function keyOf({ args = [] }: Case): string {
  return segment(JSON.parse(args[0] ?? '""'));
}

function segment(key: string): string {
  return key === "." || key === ".." ? key.replaceAll(".", "%2E") : encodeURIComponent(key);
}

function testName(language: Language, at: number): string {
  return `${LANGUAGES.indexOf(language)}-${at}`;
}

/** The calls as a language's program reads them. */
function tableOf(cases: readonly Case[], language: Language, execution: Registered): string {
  const calls = cases.flatMap((one, at) => {
    if (!runsIn(language, one)) return [];
    const env: Record<string, string | undefined> = {
      ...(one.steps !== undefined && standInEnvironment(testName(language, at), one.steps)),
      ...one.env,
    };
    for (const [name, value] of Object.entries(env)) if (value === "TOKEN") env[name] = execution.token;
    return [{ at, one, env, waits: one.steps !== undefined }];
  });
  if (language !== "bash") {
    const nulled = (env: Record<string, string | undefined>) =>
      Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? null]));
    return JSON.stringify(
      calls.map(({ at, one, env, waits }) => ({ at, call: one.call, args: one.args ?? [], env: nulled(env), waits })),
    );
  }
  const quoted = (words: string[]) => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const changes = (env: object) =>
    Object.entries(env).map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
  const lines = calls.map(
    ({ at, one, env, waits }) =>
      `call ${quoted([String(at), ...changes(env), "--", ...bashWords(one)])}${waits ? " &" : ""}`,
  );
  return `${lines.join("\n")}\n`;
}

function endedIn(language: Language, printed: string): Map<number, Ended> {
  if (language === "bash") {
    const fields = printed.split("\0");
    const ended = new Map<number, Ended>();
    for (let at = 0; at + 3 < fields.length; at += 4) {
      const [number, status, stdout, stderr] = fields.slice(at, at + 4);
      ended.set(Number(number), { status: Number(status), stdout, stderr });
    }
    return ended;
  }
  const lines = printed.split("\n").filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as Ended & { at: number }).map((one) => [one.at, one]));
}

function checkSeen({ requests, pauses, path, method, body }: Saw, seen: Seen[]): void {
  if (requests !== undefined) assert.equal(seen.length, requests, "requests");
  for (const [at, [least, most]] of (pauses ?? []).entries()) {
    const pause = (seen[at + 1]?.at ?? 0) - (seen[at]?.at ?? 0);
    assert.ok(pause >= least && pause <= most, `${pause} ms is not between ${least} and ${most}`);
  }
  if (path !== undefined) assert.equal(seen[0]?.path, path);
  if (method !== undefined) assert.equal(seen[0]?.method, method);
  if (body !== undefined) assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), body);
  for (const one of seen) assert.equal(one.authorization, "Bearer a.token.of-this-test");
}
