import { isMap, isScalar, type Node, parseDocument, Scalar, type YAMLMap } from "yaml";

const KEY = "cronium:packagesAsOf";

/**
 * A stack's settings with this moment as cronium:packagesAsOf; all else stays as it is, byte for byte, where `config` is
 * written in lines. The moment is quoted: without quotes Pulumi takes a time apart and hands on another text.
 */
export function withPackagesAsOf(text: string, moment: string): string {
  const document = parseDocument(text);
  const root = document.contents;
  const value = JSON.stringify(moment);
  if (root === null) return withLines(text, text.length, `config:\n  ${KEY}: ${value}\n`);
  if (isMap(root) && !root.flow) {
    const pair = root.items.find(({ key }) => isScalar(key) && key.value === "config");
    const config = pair?.value;
    if (!pair) return withLines(text, text.length, `config:\n  ${KEY}: ${value}\n`);
    if (isScalar(config) && config.value === null) return withLines(text, rangeOf(pair.key)[1], `  ${KEY}: ${value}\n`);
    if (isMap(config) && !config.flow) {
      const given = config.get(KEY, true);
      if (given === undefined) return withLines(text, endOf(config), `${indentOf(text, config)}${KEY}: ${value}\n`);
      const [start, end] = rangeOf(given);
      return `${text.slice(0, start)}${start === end ? " " : ""}${value}${text.slice(end)}`;
    }
  }
  const scalar = new Scalar(moment);
  scalar.type = Scalar.QUOTE_DOUBLE;
  document.setIn(["config", KEY], scalar);
  return document.toString({ lineWidth: 0 });
}

/** Puts whole lines after the one in which `place` is. */
function withLines(text: string, place: number, lines: string): string {
  const end = text.indexOf("\n", Math.max(0, place - 1)); // a block of text ends with its line
  if (end < 0) return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${lines}`;
  return `${text.slice(0, end + 1)}${lines}${text.slice(end + 1)}`;
}

function endOf(node: unknown): number {
  const last = isMap(node) && !node.flow ? node.items.at(-1) : undefined;
  return last === undefined ? rangeOf(node)[1] : endOf(last.value ?? last.key);
}

function indentOf(text: string, { items }: YAMLMap): string {
  const [start] = rangeOf(items[0]?.key);
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
}

function rangeOf(node: unknown): readonly [start: number, valueEnd: number, end: number] {
  return (node as Node).range as [number, number, number];
}
