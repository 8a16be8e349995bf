import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type Call, isLinearizable } from "./linearizable";
import { token } from "./runtime-api";

/** What a client does to one of the keys. */
export type Step =
  | { readonly kind: "get" | "delete" | "increment"; readonly key: string }
  | { readonly kind: "set" | "append"; readonly key: string; readonly text: string };

type Send = (
  method: string,
  path: string,
  body: string | undefined,
  bearer: string,
) => Promise<{ statusCode: number; body: string }>;

const CLIENTS = 20;

/** Programs of 20 clients over three keys. */
export function programs(): fc.Arbitrary<Step[][]> {
  const key = fc.constantFrom("a", "b", "c");
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constantFrom("get", "delete", "increment"), key }),
    fc.record({ kind: fc.constantFrom("set", "append"), key, text: fc.constantFrom("1", "2", "x") }),
  ) as fc.Arbitrary<Step>;
  return fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: CLIENTS, maxLength: CLIENTS });
}

/**
 * Runs the programs at once, each client on one of the replicas in turn, with keys of this run, and asserts that the
 * answers, and what is there at the end, are those of a variable on one machine. 502 to 504 may mean that it was done or
 * not: `doubtful` says that they may come.
 */
export async function assertAsOneMachine(
  replicas: readonly Send[],
  clients: readonly Step[][],
  run: string,
  doubtful = false,
): Promise<void> {
  const calls = new Map<string, Call<string | undefined>[]>();
  const one = async (send: Send, step: Step, executionId: string) => {
    const path = `/executions/${executionId}/variables/${run}-${step.key}`;
    const [method, url, body] = request(step, path);
    const start = performance.now();
    const answer = await send(method, url, body, token({ executionId, userId: "owner" }));
    const failed = answer.statusCode >= 500;
    assert.ok(!failed || doubtful, `${step.kind}: ${answer.statusCode} ${answer.body}`);
    // 503 says that nothing was done.
    if (answer.statusCode === 503) return;
    const end = failed ? Number.POSITIVE_INFINITY : performance.now();
    const apply = (state: string | undefined) => expected(step, state, failed ? undefined : answer);
    const known = calls.get(step.key) ?? [];
    calls.set(step.key, known);
    known.push({ start, end, apply });
  };
  await Promise.all(
    clients.map(async (steps, index) => {
      for (const step of steps) await one(replicas[index % replicas.length] as Send, step, `client-${index}`);
    }),
  );
  for (const key of ["a", "b", "c"]) await one(replicas[0] as Send, { kind: "get", key }, "last");
  for (const [key, history] of calls) {
    assert.ok(isLinearizable(history, undefined), `the answers about ${key} fit no order`);
  }
}

function request(step: Step, path: string): [method: string, path: string, body?: string] {
  switch (step.kind) {
    case "get":
      return ["GET", path];
    case "delete":
      return ["DELETE", path];
    case "set":
      return ["PUT", path, `{"value":${step.text === "x" ? '"x"' : step.text}}`];
    case "increment":
      return ["POST", `${path}/increment`, "{}"];
    case "append":
      return ["POST", `${path}/append`, `{"value":"${step.text}","separator":","}`];
  }
}

/** The model: a variable's JSON text, and what each step makes of it. Without an answer any is right. */
function expected(
  step: Step,
  state: string | undefined,
  answer: { statusCode: number; body: string } | undefined,
): { state: string | undefined } | undefined {
  const value = answer && /"value":(.*)}}$/.exec(answer.body)?.[1];
  const fits = (status: number, shown?: string) =>
    answer === undefined || (answer.statusCode === status && (shown === undefined || shown === value));
  switch (step.kind) {
    case "get":
      return fits(state === undefined ? 404 : 200, state) ? { state } : undefined;
    case "delete":
      return fits(state === undefined ? 404 : 200) ? { state: undefined } : undefined;
    case "set":
      return fits(200) ? { state: step.text === "x" ? '"x"' : step.text } : undefined;
    case "increment": {
      if (state !== undefined && !/^\d+$/.test(state)) return fits(409) ? { state } : undefined;
      const next = String(Number(state ?? 0) + 1);
      return fits(200, next) ? { state: next } : undefined;
    }
    case "append": {
      const before = state?.replaceAll('"', "") ?? "";
      const next = `"${before === "" ? "" : `${before},`}${step.text}"`;
      return fits(200, next) ? { state: next } : undefined;
    }
  }
}
