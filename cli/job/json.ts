/**
 * Cuts a JSON object into its members without interpreting their values: each is the text that its author wrote, so
 * that 12345678901234567890 and 1e400 are printed as they are.
 * @param object the text of a JSON object
 * @throws SyntaxError if it is not one
 */
export function members(object: string): Map<string, string> {
  const parsed: unknown = JSON.parse(object);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new SyntaxError("not a JSON object");
  const found = new Map<string, string>();
  let depth = 0;
  let name: string | undefined;
  let start = 0;
  for (let at = 0; at < object.length; at++) {
    const character = object[at];
    if (character === '"') {
      const from = at;
      at = endOfString(object, at);
      if (depth === 1 && name === undefined) name = JSON.parse(object.slice(from, at + 1)) as string;
    } else if (character === "{" || character === "[") depth++;
    else if (character === ":" && depth === 1) start = at + 1;
    else if ((character === "," || character === "}") && depth === 1) {
      if (name !== undefined) found.set(name, object.slice(start, at).trim());
      name = undefined;
      if (character === "}") depth--;
    } else if (character === "}" || character === "]") depth--;
  }
  return found;
}

/** Checks a JSON document and puts it on one line; line breaks are white space wherever JSON allows them. */
export function oneLine(json: string): string {
  JSON.parse(json);
  return json.trim().replace(/[\r\n]+/g, " ");
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
}
