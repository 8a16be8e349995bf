import { parseDocument } from "yaml";

const PLACE = ["config", "cronium:digests"];

/** The images that a stack's settings name by digest. */
export function digestsIn(text: string): Record<string, string> {
  const document = parseDocument(text).toJS() as { config?: Record<string, unknown> } | null;
  return (document?.config?.["cronium:digests"] ?? {}) as Record<string, string>;
}

/** A stack's settings with these images instead; comments, and the order of what stays, are kept. */
export function withDigests(text: string, digests: Readonly<Record<string, string>>): string {
  const document = parseDocument(text);
  for (const name of Object.keys(digestsIn(text))) if (!(name in digests)) document.deleteIn([...PLACE, name]);
  for (const [name, reference] of Object.entries(digests)) document.setIn([...PLACE, name], reference);
  return document.toString({ lineWidth: 0 });
}
