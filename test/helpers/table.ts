import assert from "node:assert/strict";
import { callCases } from "./calls";
import { type Case, LANGUAGES, type Language, type Outcome, outcomeIn } from "./case";
import { faultCases } from "./faults";
import { sendCases } from "./sends";
import { keyCases, printedCases, valueCases } from "./values";

/** All cases, in the order in which a language makes the calls. */
export const cases: readonly Case[] = [
  ...valueCases,
  ...keyCases,
  ...printedCases,
  ...callCases,
  ...faultCases,
  ...sendCases,
];

/** How a call ended: JSON text or error; in bash, status and what was printed. */
export interface Ended {
  returns?: string;
  error?: string;
  status?: number;
  stdout?: string;
  stderr?: string;
}

export function runsIn(language: Language, { only = LANGUAGES }: Case): boolean {
  return only.includes(language);
}

/** The call as bash's words. */
export function bashWords({ call, args = [], bash }: Case): string[] {
  const name = `cronium_${call.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  return [name, ...(bash?.args ?? bashArguments(call, args))];
}

function bashArguments(call: Case["call"], args: string[]): string[] {
  const [first = "", second = "", third = ""] = args;
  const text = (json: string): string => (json.startsWith('"') ? JSON.parse(json) : json);
  switch (call) {
    case "input":
    case "event":
      return ["--json"];
    case "getVariable":
      return ["--json", text(first)];
    case "setVariable":
      return [text(first), second];
    case "output":
      return args;
    case "executeToolAction":
      return ["--json", text(first), text(second), third];
    case "appendVariable":
      return [text(first), second, ...args.slice(2).map(text)];
    case "sendEmail":
    case "sendSlackMessage":
    case "sendDiscordMessage":
      return bashOptions(JSON.parse(first));
    default:
      return args.map(text);
  }
}

function bashOptions({ to, subject, body, channel, channelId, text, content, ...options }: Record<string, unknown>) {
  const words: unknown[] = [to, subject, body, channel ?? channelId, text ?? content].filter(
    (word) => word !== undefined,
  );
  for (const [name, value] of Object.entries(options)) {
    const option = `--${name.replaceAll("_", "-")}`;
    if (value === true) words.push(option);
    else if (Array.isArray(value)) for (const one of value) words.push("--embed", JSON.stringify(one));
    else words.push(option, value);
  }
  return words.map(String);
}

/** Throws unless a call ended as its case says. */
export function check(language: Language, one: Case, ended: Ended | undefined): void {
  assert.ok(ended, "the call was not made");
  const outcome = outcomeIn(language, one);
  if (language === "bash") checkBash(one, outcome, ended);
  else if (outcome.fails) assert.match(ended.error ?? `returned ${ended.returns}`, outcome.fails);
  else assertSame(ended.returns ?? ended.error ?? "", outcome.returns ?? "null");
}

function checkBash(
  { call }: Case,
  { returns = "", fails }: Outcome,
  { status, stdout = "", stderr = "" }: Ended,
): void {
  if (fails) {
    assert.match(stderr, fails);
    assert.match(stderr, /^cronium_\w+: .*\n$/s, "one line, with the call's name");
    assert.equal(status, call === "variableExists" ? 2 : 1);
    return;
  }
  const missing = call === "variableExists" && returns === "false";
  assert.deepEqual([status, stderr], [missing ? 1 : 0, ""]);
  if (call === "info") assert.match(stdout, /^ok: true$/m);
  else if (call === "variableExists") assert.equal(stdout, "");
  else assertSame(stdout, returns === "" ? "" : `${returns}\n`, (text) => text);
}

/** Compares JSON texts as values: 1e3 is 1000.0, but not "1000"; -0 is not 0; integers are exact. */
export function assertSame(actual: string, expected: string, form = canonical): void {
  const [one, other] = [form(actual), form(expected)];
  // assert's own message would show megabytes.
  if (one !== other) assert.fail(`${one.slice(0, 200)} is not ${other.slice(0, 200)}`);
}

function canonical(json: string): string {
  const tagged = (_key: string, value: unknown, { source = "" }: { source?: string }): unknown => {
    if (typeof value === "string") return `"${value}`;
    if (typeof value !== "number") return value;
    if (/^-?\d+$/.test(source) && !Object.is(value, -0)) return BigInt(source).toString();
    return Object.is(value, -0) ? "-0" : String(value);
  };
  try {
    return JSON.stringify(JSON.parse(json, tagged as never));
  } catch {
    return `not JSON: ${json}`;
  }
}
