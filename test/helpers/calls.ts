// Every call with good and bad arguments, against the real runtime API, in this order: later ones build on earlier ones.

import type { Case } from "./case";
import { given } from "./values";

given.null = "null";
given.zero = "0";
given.text = '"abc"';
given.list = "[1]";
given.gone = "1";
given.huge = "9007199254740992";

/** With several runtime APIs and nothing that they share but the backend, a change that depends on the value is refused. */
const NOT_ALONE: Case["over"] = {
  "backend, two replicas": { fails: /answered 503: The store cannot do it now/ },
};
/** A backend's answer to a tool action. */
const DONE = { returns: '{"id":12345678901234567890,"é":[null]}' };

export const callCases: Case[] = [
  {
    what: "the input is lost or altered",
    call: "input",
    returns: '{"n":41,"big":12345678901234567890,"rows":[{"a":"x y"},false]}',
  },
  {
    what: "the input comes in another number of pieces than one",
    call: "streamInput",
    returns: '[{"n":41,"big":12345678901234567890,"rows":[{"a":"x y"},false]}]',
    only: ["python asyncio"],
  },
  { what: "pieces of the output are lost", call: "streamOutput", args: ['[1,null,"b"]'], only: ["python asyncio"] },
  {
    what: "the output is altered",
    call: "output",
    args: ['{"a":[false,0,"",null,12345678901234567890],"é":"\\ud83d\\ude00"}'],
  },
  { what: "the condition is not set", call: "setCondition", args: ["false"] },
  {
    what: "a condition that is none is taken",
    call: "setCondition",
    args: ['"maybe"'],
    fails: /condition is [Tt]rue or [Ff]alse/,
    bash: { fails: /^cronium_set_condition: usage: cronium_set_condition true\|/ },
  },
  {
    what: "a missing variable is an error",
    call: "getVariable",
    args: ['"no-such"'],
    returns: "null",
    bash: { returns: "" },
  },
  {
    what: "an empty key is taken",
    call: "getVariable",
    args: ['""'],
    fails: /key (must not be|is a string that is not) empty/,
  },
  {
    what: "half a surrogate pair in a key is replaced",
    call: "getVariable",
    args: ['"\\ud800"'],
    fails: /not valid unicode/,
    only: ["python", "python asyncio", "node require", "node import"],
  },
  { what: "a variable that is there is called missing", call: "variableExists", args: ['"zero"'], returns: "true" },
  { what: "a variable that is null is called there", call: "variableExists", args: ['"null"'], returns: "false" },
  { what: "a missing variable is called there", call: "variableExists", args: ['"no-such"'], returns: "false" },
  { what: "a deleted variable stays", call: "deleteVariable", args: ['"gone"'] },
  { what: "a deleted variable is still there", call: "variableExists", args: ['"gone"'], returns: "false" },
  { what: "deleting what is not there is an error", call: "deleteVariable", args: ['"gone"'] },
  {
    what: "a missing variable does not count as 0",
    call: "incrementVariable",
    args: ['"count"'],
    returns: "1",
    over: NOT_ALONE,
  },
  {
    what: "another number than 1 is not added",
    call: "incrementVariable",
    args: ['"count"', "41"],
    returns: "42",
    over: NOT_ALONE,
  },
  {
    what: "a negative number is not added",
    call: "incrementVariable",
    args: ['"count"', "-50"],
    returns: "-8",
    stores: "-8",
    over: NOT_ALONE,
  },
  {
    what: "an increment beyond 2^53 is rounded",
    call: "incrementVariable",
    args: ['"huge"', "1"],
    returns: "9007199254740993",
    over: NOT_ALONE,
  },
  {
    what: "what is no integer is incremented",
    call: "incrementVariable",
    args: ['"text"'],
    fails: /answered 409/,
    over: NOT_ALONE,
  },
  {
    what: "a fraction is added",
    call: "incrementVariable",
    args: ['"count"', "1.5"],
    fails: /incremented by an integer|usage/,
  },
  {
    what: "an expression is evaluated",
    call: "incrementVariable",
    args: ['"count"', '"1+1"'],
    fails: /incremented by an integer|usage/,
  },
  {
    what: "a separator comes before the first text",
    call: "appendVariable",
    args: ['"log"', '"a"', '", "'],
    returns: '"a"',
    bash: { returns: "" },
    over: NOT_ALONE,
  },
  {
    what: "a separator is forgotten or escaped",
    call: "appendVariable",
    args: ['"log"', '"b\\"é"', '"\\n\\\\"'],
    returns: '"a\\n\\\\b\\"é"',
    stores: '"a\\n\\\\b\\"é"',
    bash: { returns: "" },
    over: NOT_ALONE,
  },
  {
    what: "text is not appended to what is no string",
    call: "appendVariable",
    args: ['"list"', '"x"'],
    returns: '"[1]x"',
    stores: '"[1]x"',
    bash: { returns: "" },
    over: NOT_ALONE,
  },
  {
    what: "a tool action does not reach a backend, or is not missed without one",
    call: "executeToolAction",
    args: ['"tool"', '"action"', DONE.returns],
    fails: /answered 404: Tool actions are the backend's/,
    over: {
      backend: DONE,
      "Valkey before the backend, two replicas": DONE,
      "backend, two replicas": DONE,
    },
  },
  { what: "a healthy runtime API is called unhealthy", call: "info", returns: "true" },
  {
    what: "an id that is the token is taken for an id",
    call: "getVariable",
    args: ['"zero"'],
    returns: "0",
    env: { CRONIUM_EXECUTION_ID: "TOKEN" },
  },
  {
    what: "another execution's id is taken",
    call: "getVariable",
    args: ['"zero"'],
    fails: /answered 403/,
    env: { CRONIUM_EXECUTION_ID: "another" },
  },
  {
    what: "a wrong token is taken",
    call: "getVariable",
    args: ['"zero"'],
    fails: /answered 401/,
    env: { CRONIUM_EXECUTION_TOKEN: "a.b.c" },
  },
  {
    what: "a slash after the address is doubled",
    call: "getVariable",
    args: ['"zero"'],
    returns: "0",
    env: { CRONIUM_RUNTIME_API: "http://runtime-api:8081//" },
  },
  {
    what: "a proxy is shown the token",
    call: "getVariable",
    args: ['"zero"'],
    returns: "0",
    env: {
      http_proxy: "http://127.0.0.1:9",
      HTTP_PROXY: "http://127.0.0.1:9",
      ALL_PROXY: "http://127.0.0.1:9",
      NODE_USE_ENV_PROXY: "1",
    },
  },
  {
    what: "a missing token is not named",
    call: "input",
    fails: /CRONIUM_EXECUTION_TOKEN is not set/,
    env: { CRONIUM_EXECUTION_TOKEN: undefined },
  },
  {
    what: "a missing id is not named",
    call: "input",
    fails: /CRONIUM_EXECUTION_ID is not set/,
    env: { CRONIUM_EXECUTION_ID: undefined },
  },
  {
    what: "a token smuggles a header",
    call: "input",
    fails: /characters that no token has/,
    env: { CRONIUM_EXECUTION_TOKEN: "a\r\nX-Other: b" },
  },
  {
    what: "an address that is none is taken",
    call: "input",
    fails: /CRONIUM_RUNTIME_API has to be http/,
    env: { CRONIUM_RUNTIME_API: "file:///etc/passwd" },
  },
  {
    what: "an address with a user is taken",
    call: "input",
    fails: /CRONIUM_RUNTIME_API has to be http/,
    env: { CRONIUM_RUNTIME_API: "http://a:b@runtime-api:8081" },
  },
  {
    what: "the self check fails without its environment",
    call: "info",
    returns: "false",
    env: { CRONIUM_EXECUTION_TOKEN: undefined },
    bash: { fails: /CRONIUM_EXECUTION_TOKEN is not set/ },
    only: ["bash"],
  },
];
