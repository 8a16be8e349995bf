/**
 * JSON as text (RFC 8259). The service hands values on exactly as they were written: parsing them would turn
 * 12345678901234567890 into 12345678901234567000, 1e400 into Infinity and -0 into 0. So a body is checked and cut here,
 * and what a member holds stays the text between its colon and its comma.
 */

/** The text of one JSON value, checked, byte for byte as its author wrote it. */
export type JsonText = string & { readonly jsonText: unique symbol };

/** Deepest nesting taken, in arrays and objects: beyond it parsers of the helpers' languages give up. */
export const MAX_DEPTH = 1000;

/** A text that is not what it must be; the message says where and why. */
export class JsonError extends Error {
  override name = "JsonError";
}

/** The JSON text of a string, a number or a boolean of our own. */
export function jsonText(value: string | number | boolean): JsonText {
  return JSON.stringify(value) as JsonText;
}

/** Checks one whole document and returns its text without the white space around it. */
export function checkJson(text: string): JsonText {
  const scanner = new Scanner(text);
  scanner.space();
  const value = scanner.value(0);
  scanner.end();
  return value;
}

/**
 * Cuts the wanted members out of one JSON object. Members that are not wanted are checked and dropped; of two with
 * one name the last wins, as in every parser of the helpers' languages.
 */
export function members<Name extends string>(text: string, wanted: readonly Name[]): Partial<Record<Name, JsonText>> {
  const scanner = new Scanner(text);
  const found: Partial<Record<Name, JsonText>> = {};
  scanner.space();
  if (!scanner.at("{")) throw new JsonError("must be a JSON object");
  scanner.object(0, (name, value) => {
    const known = wanted.find((one) => one === name);
    if (known !== undefined) found[known] = value;
  });
  scanner.end();
  return found;
}

/** Walks a text once, without building what it describes. Positions in messages count UTF-16 units from 0. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  at(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  end(): void {
    this.space();
    if (this.#at < this.#text.length) this.#fail("nothing may follow the value");
  }

  space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  value(depth: number): JsonText {
    const start = this.#at;
    switch (this.#text[start]) {
      case "{":
        this.object(depth);
        break;
      case "[":
        this.#array(depth);
        break;
      case '"':
        this.#string();
        break;
      case "t":
        this.#word("true");
        break;
      case "f":
        this.#word("false");
        break;
      case "n":
        this.#word("null");
        break;
      default:
        this.#number();
    }
    return this.#text.slice(start, this.#at) as JsonText;
  }

  object(depth: number, member?: (name: string, value: JsonText) => void): void {
    this.#open(depth);
    if (this.#closed("}")) return;
    do {
      this.space();
      const name = this.#string();
      this.space();
      this.#take(":");
      this.space();
      const value = this.value(depth + 1);
      member?.(JSON.parse(name) as string, value);
      this.space();
    } while (this.#more("}"));
  }

  #array(depth: number): void {
    this.#open(depth);
    if (this.#closed("]")) return;
    do {
      this.space();
      this.value(depth + 1);
      this.space();
    } while (this.#more("]"));
  }

  #open(depth: number): void {
    if (depth >= MAX_DEPTH) throw new JsonError(`is nested deeper than ${MAX_DEPTH}`);
    this.#at++;
    this.space();
  }

  #closed(bracket: string): boolean {
    const closed = this.at(bracket);
    if (closed) this.#at++;
    return closed;
  }

  #more(bracket: string): boolean {
    if (this.#closed(bracket)) return false;
    this.#take(",");
    return true;
  }

  #string(): string {
    const start = this.#at;
    this.#take('"');
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) break;
      // Not a number at the text's end: the comparison is false there too.
      if (!(code >= 0x20)) this.#fail("a string is not closed, or holds a control character that is not escaped");
      this.#at++;
      if (code === 0x5c) this.#escape();
    }
    this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #escape(): void {
    const letter = this.#text[this.#at++] ?? "";
    if (letter === "u") {
      if (!/^[0-9a-fA-F]{4}$/.test(this.#text.slice(this.#at, this.#at + 4))) this.#fail("\\u wants four hex digits");
      this.#at += 4;
    } else if (letter === "" || !'"\\/bfnrt'.includes(letter)) {
      this.#fail("an unknown escape in a string");
    }
  }

  #number(): void {
    if (this.at("-")) this.#at++;
    if (this.at("0")) this.#at++;
    else this.#digits();
    if (this.at(".")) {
      this.#at++;
      this.#digits();
    }
    if (this.at("e") || this.at("E")) {
      this.#at++;
      if (this.at("+") || this.at("-")) this.#at++;
      this.#digits();
    }
  }

  #digits(): void {
    const start = this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (!(code >= 0x30 && code <= 0x39)) break;
      this.#at++;
    }
    if (this.#at === start) this.#fail("a value or a digit is missing");
  }

  #word(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) this.#fail("an unknown word");
    this.#at += word.length;
  }

  #take(character: string): void {
    if (!this.at(character)) this.#fail(`"${character}" is missing`);
    this.#at++;
  }

  #fail(why: string): never {
    throw new JsonError(`is not JSON: ${why} (at ${this.#at})`);
  }
}
