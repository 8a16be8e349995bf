// Values that are usually altered on their way, each read as another client wrote it and written for another one to read.

import type { Case } from "./case";

const NODE_OR_PYTHON_CANNOT = { fails: /^CroniumError: .*does not fit/ };

/** A value's JSON text, and what some languages make of it. */
interface Value {
  json: string;
  /** What is read is another one than what was written, or nothing. */
  read?: Pick<Case, "bash" | "python" | "node">;
  /** Not written by Python and Node.js, which cannot hold it. */
  unheld?: boolean;
}

const VALUES: Record<string, Value> = {
  "false taken for nothing": { json: "false" },
  "0 taken for nothing": { json: "0" },
  '"" taken for nothing': { json: '""' },
  "null taken for a text": { json: "null" },
  "an empty array taken for nothing": { json: "[]" },
  "an empty object taken for nothing": { json: "{}" },
  "a string of digits made a number": { json: '"0123"' },
  "a string made a boolean": { json: '"true"' },
  "a string made null": { json: '"null"' },
  "a string that is JSON parsed once more": { json: '"{\\"a\\": 1}"' },
  "a string taken for standard input": { json: '"-"' },
  "a string taken for an option": { json: '"--json"' },
  "white space around a string lost": { json: '" a\\tb  "' },
  "an integer beyond 2^53 rounded": { json: "9007199254740993" },
  "an integer beyond 64 bits rounded": { json: "12345678901234567890" },
  "the least 64-bit integer": { json: "-9223372036854775808" },
  "-0 made 0": { json: "-0" },
  "a fraction cut": { json: "-1.5" },
  "an exponent taken for an integer": { json: "1e3" },
  "1e400 made infinity": {
    json: "1e400",
    read: { python: NODE_OR_PYTHON_CANNOT, node: NODE_OR_PYTHON_CANNOT },
    unheld: true,
  },
  "1e-400 made 0": {
    json: "1e-400",
    read: { python: NODE_OR_PYTHON_CANNOT, node: NODE_OR_PYTHON_CANNOT },
    unheld: true,
  },
  "é and emoji as something else": { json: '"é 😀 \u2028"' },
  "half a surrogate pair replaced": { json: '"\\ud800"' },
  "a NUL cut off": { json: '"a\\u0000b"' },
  "CR LF made LF": { json: '"a\\r\\nb\\n"' },
  "a byte order mark dropped": { json: '"\ufeffa"' },
  "a string run as code": { json: JSON.stringify("$(id) `id` \\(1) %s ' \" \\ & * $HOME") },
  "a string of 5 MB": { json: JSON.stringify("0123456789abcdé\n".repeat(312_500)) },
  "100 levels deep": { json: "[".repeat(100) + "]".repeat(100) },
  "10,000 members wide": {
    json: `{${Array.from({ length: 10_000 }, (_, at) => `"k${at}":${at}`).join(",")}}`,
  },
  "values apart from one another inside others": {
    json: '{"a":[false,0,"",null,-0,12345678901234567890,{}],"é":"ü","":{"__proto__":1}}',
  },
};

export const valueCases: Case[] = Object.entries(VALUES).flatMap(([what, { json, read, unheld }], at): Case[] => [
  { what: `${what}, read`, call: "getVariable", args: [`"given-${at}"`], returns: json, ...read },
  {
    what: `${what}, written`,
    call: "setVariable",
    args: [`"written-${at}"`, json],
    stores: json,
    ...(unheld && { only: ["bash"] as const }),
  },
]);

/** The variables that another client writes before the calls: key and JSON text. */
export const given: Record<string, string> = Object.fromEntries(
  Object.values(VALUES).map(({ json }, at) => [`given-${at}`, json]),
);

/** Keys that a path may break on. */
const KEYS = ["#", "?a=b", "a/b", ".", "..", "...", "%", "%2e", "é 😀", "a+b c", "a\r\nb", "--json", "'\"\\"];

for (const key of KEYS) given[key] = JSON.stringify(`of ${key}`);

export const keyCases: Case[] = KEYS.map((key) => ({
  what: `the key ${JSON.stringify(key)} taken for another`,
  call: "getVariable",
  args: [JSON.stringify(key)],
  returns: JSON.stringify(`of ${key}`),
}));

/** What bash prints without --json, by a call's arguments after the name. */
export const printedCases: Case[] = [
  { what: "a string printed with quotes", args: ['"é 😀 \u2028"'], returns: "é 😀 \u2028" },
  { what: "an escape printed as it is", args: ['"a\\tb\\\\\\/\\u00e9"'], returns: "a\tb\\/é" },
  { what: "a number printed in another notation", args: ["[1.0,1E+2, 1e400]"], returns: "[1.0,1E+2,1e400]" },
  { what: "white space lost in a string", args: ['{"a b" : [ "x  \\" y" ] }'], returns: '{"a b":["x  \\" y"]}' },
  { what: "a NUL dropped", args: ['"a\\u0000b"'], fails: /NUL, which bash cannot hold: use --json/ },
  { what: "half a surrogate pair replaced", args: ['"\\udc00"'], fails: /half a surrogate pair/ },
].map(({ what, args: [json = ""], ...outcome }, at): Case => {
  given[`printed-${at}`] = json;
  return {
    what: `${what} by bash`,
    call: "getVariable",
    only: ["bash"],
    bash: { args: [`printed-${at}`], ...outcome },
  };
});
