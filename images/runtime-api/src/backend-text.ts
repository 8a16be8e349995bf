import { checkJson, JsonError, type JsonText, jsonText } from "./json-text";

/**
 * Values across a backend that keeps a variable as text. It is given a text for every value, in this way:
 * what is not a string goes as its JSON text (42 as `42`, null as `null`), so that the backend's own pages show what
 * they show today; a string goes as it is, unless it would be read as JSON (`42`, `true`, `"x"`), is no text that a
 * database takes (NUL, half of a surrogate pair) or is written with other escapes than ours: then it goes as its JSON
 * text, with the quotes. Read back, a text that is JSON is that value and any other is a string, so each comes back as
 * it went in. The backend cannot delete: a variable that was deleted holds `DELETED`, which no value becomes.
 */
export const DELETED = "cronium:deleted";

/** The text that the backend is given for a value; undefined for none. */
export function toBackendText(value: JsonText | undefined): string {
  if (value === undefined) return DELETED;
  if (!value.startsWith('"')) return value;
  const text = JSON.parse(value) as string;
  const plain = jsonText(text) === value && !/\p{Cs}/u.test(text) && !text.includes("\u0000");
  return plain && text !== DELETED && !isJson(text) ? text : value;
}

/** The value that the backend's own is: text, or, of a backend that keeps types, any other JSON. */
export function fromBackend(value: JsonText | undefined): JsonText | undefined {
  if (value === undefined || !value.startsWith('"')) return value;
  const text = JSON.parse(value) as string;
  if (text === DELETED) return undefined;
  try {
    return checkJson(text);
  } catch (error) {
    if (error instanceof JsonError) return value;
    throw error;
  }
}

function isJson(text: string): boolean {
  try {
    checkJson(text);
    return true;
  } catch {
    return false;
  }
}
