// Answers that are none, late or wrong, from a stand-in that does as it is told.

import type { Case } from "./case";

/** Reads a variable. */
const read = { call: "getVariable", args: ['"k"'] } as const;
const RETRIED: [number, number][] = [
  [700, 9000],
  [1450, 9000],
];

/** Errors of the contract that are not tried again. */
const refusals: Case[] = [400, 401, 403, 405, 409, 412, 413].map((status) => ({
  what: `${status} is tried again, or its message lost`,
  ...copy(read),
  steps: String(status),
  fails: new RegExp(
    `^(CroniumAPIError: |cronium_get_variable: the )runtime API answered ${status}: told to say ${status}\\n?$`,
  ),
  saw: { requests: 1 },
}));

/** Calls that must not be sent twice, whatever becomes of the first time. */
const once: Case[] = (
  [
    ["incrementVariable", ['"k"']],
    ["appendVariable", ['"k"', '"v"']],
    ["executeToolAction", ['"slack"', '"post"', "{}"]],
    ["sendSlackMessage", ['{"channel":"c","text":"t"}']],
  ] as const
).flatMap(([call, args]): Case[] => [
  {
    what: `${call} is sent again after 503`,
    call,
    args: [...args],
    steps: "503|200",
    fails: /answered 503/,
    saw: { requests: 1 },
  },
  {
    what: `${call} is sent again after a broken connection`,
    call,
    args: [...args],
    steps: "reset|200",
    fails: /cannot be reached/,
    saw: { requests: 1 },
  },
]);

const answers: Case[] = [
  {
    what: "no third attempt, or at once",
    ...copy(read),
    steps: "503|reset|variable-7",
    returns: "7",
    saw: { requests: 3, pauses: RETRIED },
  },
  {
    what: "a fourth attempt",
    ...copy(read),
    steps: "500",
    fails: /answered 500: told to say 500/,
    saw: { requests: 3 },
  },
  {
    what: "502 and 504 are not tried again",
    ...copy(read),
    steps: "502|504|variable-1",
    returns: "1",
    saw: { requests: 3 },
  },
  {
    what: "a write is not tried again",
    call: "setVariable",
    args: ['"k"', "1"],
    steps: "503|200",
    saw: { requests: 2, body: { value: 1 } },
  },
  {
    what: "a delete that was done before its answer was lost is an error",
    call: "deleteVariable",
    args: ['"k"'],
    steps: "reset|404",
    saw: { requests: 2, method: "DELETE" },
  },
  {
    what: "Retry-After is not waited for",
    ...copy(read),
    steps: "429/3|variable-1",
    returns: "1",
    saw: { requests: 2, pauses: [[2900, 12000]] },
  },
  {
    what: "Retry-After as a date is not waited for",
    ...copy(read),
    steps: "date-429|variable-1",
    returns: "1",
    saw: { requests: 2, pauses: [[1900, 12000]] },
  },
  {
    what: "Retry-After of 503 is not waited for",
    ...copy(read),
    steps: "503/3|variable-1",
    returns: "1",
    saw: { requests: 2, pauses: [[2900, 12000]] },
  },
  {
    what: "Retry-After beyond the deadline is waited for",
    ...copy(read),
    steps: "429/86400|variable-1",
    fails: /answered 429/,
    saw: { requests: 1 },
  },
  {
    what: "an increment that was refused for now is not sent again",
    call: "incrementVariable",
    args: ['"k"'],
    steps: "429/1|variable-5",
    returns: "5",
    saw: { requests: 2, body: { by: 1 } },
  },
  {
    what: "an answer that broke off is taken for whole",
    ...copy(read),
    steps: "cut|variable-1",
    returns: "1",
    saw: { requests: 2 },
  },
  { what: "a chunked answer is not put together", ...copy(read), steps: 'chunked-{"a":"é"}', returns: '{"a":"é"}' },
  { what: "an answer that comes byte by byte is not put together", ...copy(read), steps: 'slow-"é"', returns: '"é"' },
  {
    what: "a 404 of something else is taken for a missing variable",
    ...copy(read),
    steps: "html-404",
    fails: /answered 404: <p>an error of something else/,
  },
  {
    what: "a redirect is followed with the token",
    ...copy(read),
    steps: "302",
    fails: /answered 302/,
    saw: { requests: 1 },
  },
  { what: "what is no JSON is taken for a value", call: "input", steps: "junk", fails: /cannot be read|answered/ },
  {
    what: "JSON that is no object is taken for an answer",
    call: "input",
    steps: "body-[1]",
    fails: /no JSON object|answered/,
  },
  { what: "an empty answer is taken for a value", call: "input", steps: "body-", fails: /cannot be read|answered/ },
  { what: "bytes that are no UTF-8 are replaced", ...copy(read), steps: "latin1", fails: /cannot be read|UTF-8|utf-8/ },
  { what: "success false is taken for a success", call: "input", steps: "false", fails: /it did not work/ },
  {
    what: "an answer without data is an error",
    call: "input",
    steps: 'body-{"success":true}',
    returns: "null",
    bash: { returns: "" },
  },
  {
    what: "members in another order are not found",
    ...copy(read),
    steps: 'body-{"data":{"value":1,"key":"k"},"success":true}',
    returns: "1",
  },
  { what: "an event that is null is an error", call: "event", steps: "raw-null", returns: "{}" },
  { what: "no event is an error", call: "event", steps: 'body-{"success":true}', returns: "{}" },
  {
    what: "an event is altered",
    call: "event",
    steps: 'raw-{"eventId":null,"user":{"id":12345678901234567890}}',
    returns: '{"eventId":null,"user":{"id":12345678901234567890}}',
  },
  {
    what: "a refusal before the body was read hangs",
    call: "setVariable",
    args: ['"k"', JSON.stringify("x".repeat(3_000_000))],
    steps: "early-413",
    fails: /413|cannot be reached/,
  },
  {
    what: "a refusal whose connection breaks before the body was sent is more than one error",
    call: "setVariable",
    args: ['"k"', JSON.stringify("x".repeat(8_000_000))],
    steps: "shut-413",
    fails: /413|cannot be reached/,
  },
  {
    what: "nobody listening is not tried again or not named",
    call: "input",
    env: { CRONIUM_RUNTIME_API: "http://127.0.0.1:9" },
    steps: "none",
    fails:
      /^(CroniumTimeoutError: |cronium_input: the )runtime API cannot be reached \(GET input, (3 attempts|attempt 3)\)/,
  },
  {
    what: "a call that cannot have arrived is not sent again",
    call: "incrementVariable",
    args: ['"k"'],
    env: { CRONIUM_RUNTIME_API: "http://127.0.0.1:9" },
    steps: "none",
    fails:
      /^(CroniumTimeoutError: |cronium_increment_variable: the )runtime API cannot be reached \(POST variables\/k\/increment, (3 attempts|attempt 3)\)/,
  },
  { what: "what is no HTTP is taken for an answer", call: "input", steps: "nohttp", fails: /cannot be reached/ },
];

export const faultCases: Case[] = [...refusals, ...once, ...answers];

function copy({ call, args }: { call: Case["call"]; args: readonly string[] }): Pick<Case, "call" | "args"> {
  return { call, args: [...args] };
}
