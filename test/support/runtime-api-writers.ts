import assert from "node:assert/strict";
import { token } from "./runtime-api";

/** What writers know of what they wrote. */
export interface Written {
  /** Keys whose PUT was acknowledged, each with its own name as its value. */
  readonly puts: Set<string>;
  /** Increments that were acknowledged, and those of which nobody knows. */
  counted: number;
  doubtful: number;
  /** Answers by status; 0 for none. */
  readonly statuses: Map<number, number>;
}

const WRITERS = 8;

export function nothingWritten(): Written {
  return { puts: new Set(), counted: 0, doubtful: 0, statuses: new Map() };
}

/**
 * Writes with eight clients, a PUT of a new key and an increment of one counter each in turn, until `until` says so. An
 * answer other than 200, or none, is only counted.
 */
export async function write(base: () => string, written: Written, round: string, until: () => boolean): Promise<void> {
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => writer(index)));

  async function writer(index: number): Promise<void> {
    for (let n = 0; !until(); n++) {
      const key = `${round}-${index}-${n}`;
      if ((await send("PUT", `variables/${key}`, JSON.stringify({ value: key }))) === 200) written.puts.add(key);
      const status = await send("POST", "variables/counter/increment", "{}");
      if (status === 200) written.counted++;
      // 503 says that nothing was done.
      else if (status !== 503) written.doubtful++;
    }
  }

  async function send(method: string, path: string, body: string): Promise<number> {
    const options = { method, body, headers: { authorization: `Bearer ${BEARER}` } };
    const status = await fetch(`${base()}/executions/exec-1/${path}`, options).then(
      async (answer) => {
        await answer.text();
        return answer.status;
      },
      () => 0,
    );
    written.statuses.set(status, (written.statuses.get(status) ?? 0) + 1);
    return status;
  }
}

/** Asserts that all that was acknowledged is there, the counter with each step once, and that no answer was a surprise. */
export async function assertKept(base: string, { puts, counted, doubtful, statuses }: Written): Promise<void> {
  for (const key of puts) assert.equal(await read(key), JSON.stringify(key), `${key} was acknowledged`);
  const counter = Number(await read("counter"));
  assert.ok(counter >= counted && counter <= counted + doubtful, `${counted} <= ${counter} <= ${counted + doubtful}`);
  const surprises = [...statuses.keys()].filter((status) => ![0, 200, 502, 503, 504].includes(status));
  assert.deepEqual(surprises, []);

  async function read(key: string): Promise<string | undefined> {
    const headers = { authorization: `Bearer ${BEARER}` };
    const answer = await fetch(`${base}/executions/exec-1/variables/${key}`, { headers });
    return /"value":(.*)}}$/.exec(await answer.text())?.[1];
  }
}

const BEARER = token();
