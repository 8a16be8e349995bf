import type { Violation } from "./model";

/** The program's files and its Dockerfiles: text by path, relative to the project. */
export type Sources = ReadonlyMap<string, string>;

type Location = NonNullable<Violation["location"]>;

/**
 * The place of a resource, as well as it can be told without running the program: of an image the last stage of its Dockerfile, of others the `new Type("name"` in the program whose
 * name fits best. Undefined where no class of that name is made.
 */
export function locate(
  resource: { type: string; name: string; inputs: Readonly<Record<string, unknown>> },
  files: Sources,
): Location | undefined {
  const { context, dockerfile } = resource.inputs;
  if (typeof context === "string" && typeof dockerfile === "string") {
    const file = `${context}/${dockerfile}`;
    const text = files.get(file);
    if (text !== undefined) return { file, line: lineOf(text, Math.max(0, text.search(/^FROM (?![\s\S]*^FROM )/m))) };
  }
  const type = resource.type.slice(resource.type.lastIndexOf(":") + 1);
  const made = new RegExp(`\\bnew\\s+(?:\\w+\\.)*${escapeRegExp(type)}\\(\\s*([^,)]*)`, "g");
  let best: (Location & { score: number }) | undefined;
  for (const [file, text] of files) {
    for (const match of text.matchAll(made)) {
      const score = fits(match[1]?.trim() ?? "", resource.name);
      if (score > (best?.score ?? 0)) best = { file, line: lineOf(text, match.index), score };
    }
  }
  return best && { file: best.file, line: best.line };
}

/** How well the text of a name in the program fits a name: 0 not at all, 1 it could be anything, 2 in part, 3 exactly. */
function fits(text: string, name: string): number {
  const literal = /^(["'`])(.*)\1$/.exec(text)?.[2];
  if (literal === undefined) return 1;
  if (literal === name) return 3;
  const parts = literal.split(/\$\{[^}]*\}/);
  return parts.length > 1 && new RegExp(`^${parts.map(escapeRegExp).join(".*")}$`).test(name) ? 2 : 0;
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
