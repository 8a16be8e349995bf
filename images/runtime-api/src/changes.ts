import { hash } from "node:crypto";
import { ApiError } from "./errors";
import { type JsonText, jsonText } from "./json-text";
import { BODY_LIMIT } from "./limits";
import type { Change } from "./store";

/** Longest integer that is added to, in digits: adding is not for numbers that take a processor's time. */
const MAX_DIGITS = 1000;

/** Adds to an integer of any size; a variable that does not exist counts as 0. */
export function increment(by: bigint): Change {
  return (current = "0" as JsonText) => {
    if (!/^-?\d+$/.test(current) || current.length > MAX_DIGITS) {
      throw new ApiError(409, "The variable is not an integer: set it to one first.");
    }
    return (BigInt(current) + by).toString() as JsonText;
  };
}

/**
 * Appends text to a variable, which is a string from then on: what is not one counts as its JSON text. There is no
 * separator before the first text, which is the case for a variable that does not exist, is null or "".
 */
export function append(value: JsonText, separator: JsonText): Change {
  return (current) => {
    const before = current === undefined || current === "null" ? "" : insideOfString(current);
    const text = `"${before}${before === "" ? "" : insideOfString(separator)}${insideOfString(value)}"`;
    if (text.length > BODY_LIMIT) {
      throw new ApiError(413, `The variable would be larger than ${BODY_LIMIT} bytes: use another one.`);
    }
    return text as JsonText;
  };
}

/** Replaces a value, whatever it is. */
export function replace(value: JsonText): Change {
  return () => value;
}

/** Removes a variable; 404 if there is none. */
export function remove(key: string): Change {
  return (current) => {
    if (current === undefined) throw noVariable(key);
    return undefined;
  };
}

/** Lets a change happen only to a value with one of the tags of an If-Match header (RFC 9110, 13.1.1), else 412. */
export function ifMatch(header: string, change: Change): Change {
  const tags = header.split(",").map((tag) => tag.trim());
  return (current) => {
    if (current === undefined || !(tags.includes("*") || tags.includes(entityTag(current)))) {
      throw new ApiError(412, "The variable is not what If-Match says any more: read it again.");
    }
    return change(current);
  };
}

/** The ETag of a value: the same text has the same one, wherever it is kept. */
export function entityTag(value: JsonText): string {
  return `"${hash("sha256", value, "base64url").slice(0, 22)}"`;
}

export function noVariable(key: string): ApiError {
  return new ApiError(404, `There is no variable ${jsonText(key)}: set it first.`);
}

function insideOfString(value: JsonText): string {
  return (value.startsWith('"') ? value : JSON.stringify(value)).slice(1, -1);
}
