/** A resource's properties as plain JavaScript, secrets unwrapped. */
export type Properties = Record<string, unknown>;

/** Stands for a value that only the update itself will know; Pulumi's own marks, one for each type. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknowns = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Whether a value is not known yet. */
export function isUnknown(value: unknown): boolean {
  return typeof value === "string" && unknowns.has(value);
}

/** Removes the wrappings of secrets; `secrets` collects their texts, to keep them out of what is printed. */
export function unwrapSecrets(value: unknown, secrets: string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => unwrapSecrets(item, secrets));
  if (typeof value !== "object" || value === null) return value;
  const object = value as Properties;
  if (object[SIGNATURE] === SECRET) {
    const plain = unwrapSecrets(object.value, secrets);
    collectTexts(plain, secrets);
    return plain;
  }
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, unwrapSecrets(item, secrets)]));
}

function collectTexts(value: unknown, texts: string[]): void {
  if (typeof value === "object" && value !== null) for (const item of Object.values(value)) collectTexts(item, texts);
  else if (value !== null && String(value)) texts.push(String(value));
}
