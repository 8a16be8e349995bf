import type { Report } from "./model";
import { GITHUB_LIMIT, summary } from "./summary";
import { code } from "./text";

/** What a comment of ours begins with: there is one on a pull request, with a section for each stack. */
export const MARK = "<!-- cronium report -->";

/** A stack's report; none where its job ended before it could write one. */
export interface Section {
  stack: string;
  report?: Report;
}

/**
 * The comment with new sections. Sections of other stacks stay as they are.
 * @param before the comment as it is; none if there is none yet
 */
export function comment(before: string | undefined, sections: readonly Section[], limit = GITHUB_LIMIT): string {
  const ours = new Set(sections.map(({ stack }) => stack));
  const others = [...readSections(before ?? "")].filter(([stack]) => !ours.has(stack));
  const taken = others.reduce((sum, [, text]) => sum + text.length, 0) + (sections.length + others.length) * FRAME;
  const share = Math.floor((limit - MARK.length - taken) / Math.max(sections.length, 1));
  const made = sections.map(({ stack, report }): [string, string] => [
    stack,
    (report
      ? summary(report, share)
      : `### ${code(stack)}: no report\n\nIts job ended before there was one: its log says why.\n`
    ).trim(),
  ]);
  const all = [...others, ...made].sort(([a], [b]) => order(a) - order(b) || (a < b ? -1 : 1));
  return [MARK, ...all.map(([stack, text]) => `${start(stack)}\n${text}\n${END}`)].join("\n\n");
}

/** Whether a comment has these sections as they are in another. */
export function hasSections(text: string, wanted: string, stacks: readonly string[]): boolean {
  const [found, expected] = [readSections(text), readSections(wanted)];
  return stacks.every((stack) => found.get(stack) === expected.get(stack));
}

/** Longer than what is around a section. */
const FRAME = 150;

const END = "<!-- cronium end -->";

/** Names of stacks have no other characters (Pulumi allows letters, digits, and _ . -). */
function start(stack: string): string {
  return `<!-- cronium stack ${stack.replace(/[^\w./-]/g, "_")} -->`;
}

function readSections(text: string): Map<string, string> {
  // What forges do to line ends is no change.
  const found = text
    .replaceAll("\r\n", "\n")
    .matchAll(/<!-- cronium stack ([\w./-]+) -->\n([\s\S]*?)\n<!-- cronium end -->/g);
  return new Map([...found].map(([, stack = "", section = ""]) => [stack, section]));
}

/** As a change travels. */
function order(stack: string): number {
  const at = ["dev", "staging", "prod"].indexOf(stack);
  return at < 0 ? 3 : at;
}
