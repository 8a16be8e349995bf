/** Characters that nobody sees, or that make text read otherwise than it is: controls, bidirectional and zero-width. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Text with what is invisible in it written out, as \u202e. */
export function visible(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(INVISIBLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Text for HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/**
 * Text that came from elsewhere, for a line of GitHub's Markdown: nothing in it is markup, a link, a mention or the end of a
 * table's cell, as entities are never structure (CommonMark 2.5) and code is not searched for mentions.
 */
export function code(text: string, most = 200): string {
  const line = clip(visible(text), most).replace(/\s*\n\s*/g, " ↵ ");
  // A colon and a dot matter where they make an address, which GitHub links even in code that is written as HTML.
  const inert = line.replace(/[^A-Za-z0-9 ./:,;=+%↵…→-]|:(?=\/)|(?<=www)\./giu, entity);
  return `<code>${inert || "&nbsp;"}</code>`;
}

/** Lines that came from elsewhere, as a block of GitHub's Markdown. */
export function pre(text: string, language = ""): string {
  const open = language ? `<pre lang="${language}">` : "<pre>";
  return `${open}\n${escapeHtml(text)}\n</pre>`;
}

export function clip(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : text;
}

/** Bytes as people read them: `32.4 MB`, in powers of 1000 as Docker does. */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = Math.abs(size);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${size < 0 ? "−" : ""}${value.toFixed(digits)} ${units[unit]}`;
}

/** A difference of bytes with its sign and, where there was something before, its part of it. */
export function difference(before: number, after: number): string {
  if (before === after) return "±0";
  const sign = after > before ? "+" : "";
  const percent = before > 0 ? ((after - before) / before) * 100 : undefined;
  const part =
    percent === undefined ? "" : ` (${sign}${percent.toFixed(Math.abs(percent) < 10 ? 1 : 0).replace("-", "−")} %)`;
  return `${sign}${bytes(after - before)}${part}`;
}

export function seconds(value: number): string {
  if (value >= 60) return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  return value < 1 ? "under 1 s" : `${Math.round(value * 10) / 10} s`;
}

/** `1 image`, `2 images`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function entity(char: string): string {
  return `&#${char.codePointAt(0)};`;
}
