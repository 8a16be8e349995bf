import assert from "node:assert/strict";
import { checkJson, JsonError, MAX_DEPTH, members } from "../../images/runtime-api/src/json-text";

/** Deterministic, so that a failure can be seen again. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("runtime-api: JSON text", () => {
  const exact = [
    "12345678901234567890",
    "9007199254740993",
    "1e400",
    "-0",
    "-0.0e-0",
    "0.1000",
    '"é😀"',
    '"\\ud800"',
    '"\\u0000"',
    '"\\/"',
    '""',
    "null",
    "false",
    '{"b":1,"a":{"b":1, "b":2}}',
    "[ 1 ,\n 2 ]",
    '{"__proto__":1}',
  ];
  for (const text of exact) {
    it(`keeps ${JSON.stringify(text)} as it is`, () => {
      assert.equal(members(`{"x":0, "value" :\t${text}\r\n}`, ["value"]).value, text);
      assert.equal(checkJson(` ${text}\n`), text);
    });
  }

  it("takes the last of two members with one name, also when it is written with escapes", () => {
    assert.deepEqual(members('{"value":1,"v\\u0061lue":2}', ["value"]), { value: "2" });
  });

  it("has nothing for a member that is not there", () => {
    assert.deepEqual(members("{}", ["value"]), {});
    assert.deepEqual(members('{"toString":1}', ["value"]), {});
  });

  for (const text of ["", "null", "1", '"{}"', "[]", '[{"value":1}]']) {
    it(`refuses ${JSON.stringify(text)} as an object`, () => {
      assert.throws(() => members(text, ["value"]), { name: "JsonError", message: "must be a JSON object" });
    });
  }

  it(`takes ${MAX_DEPTH} levels and refuses one more, without exhausting the stack at a million`, () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    assert.equal(checkJson(nested(MAX_DEPTH)), nested(MAX_DEPTH));
    assert.throws(() => checkJson(nested(MAX_DEPTH + 1)), JsonError);
    assert.throws(() => checkJson("[".repeat(1_000_000)), JsonError);
    assert.throws(() => checkJson('{"a":'.repeat(1_000_000)), JsonError);
  });

  it("takes a string of 5 MB and 10,000 members", () => {
    const long = JSON.stringify("é".repeat(5_000_000));
    assert.equal(checkJson(long), long);
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`k${at}`, at])));
    assert.equal(checkJson(wide), wide);
  });

  it("agrees with JSON.parse about 20,000 mutated texts", () => {
    const random = randomNumbers(7);
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "u0041",
      "0",
      "-",
      ".",
      "e",
      "+",
      "1",
      "true",
      "null",
      "\n",
    ];
    const seeds = [
      '{"a":[1,-2.5e+3,"x\\n\\u00e9",true,false,null],"b":{}}',
      '"\\ud83d\\ude00"',
      "[[],[{}],0]",
      "-0.1E-7",
    ];
    for (let round = 0; round < 20_000; round++) {
      const seed = seeds[Math.floor(random() * seeds.length)] as string;
      const at = Math.floor(random() * (seed.length + 1));
      const piece = pieces[Math.floor(random() * pieces.length)] as string;
      const text = seed.slice(0, at) + piece + seed.slice(at + Math.floor(random() * 3));
      assert.equal(accepts(checkJson, text), accepts(JSON.parse, text), `about ${JSON.stringify(text)}`);
    }
  });
});

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
