import { isUnknown, type Properties } from "./properties";

/** What an input may be; a trailing ? makes it optional. */
export type FieldType = "string" | "string?" | "list?" | "list" | "map?";

/** An input that cannot be used: which, and why, with the remedy. */
export interface Failure {
  property: string;
  reason: string;
}

/** Checks that inputs are known by name, there when needed, and of their type. Values not known yet pass. */
export function checkFields(fields: Record<string, FieldType>, inputs: Properties): Failure[] {
  const failures: Failure[] = [];
  const fail = (property: string, reason: string) => failures.push({ property, reason });
  for (const key of Object.keys(inputs)) {
    if (!(key in fields) && !key.startsWith("__")) {
      fail(key, `"${key}" is no input of this resource: remove it; there are ${Object.keys(fields).join(", ")}`);
    }
  }
  for (const [key, type] of Object.entries(fields)) {
    const value = inputs[key];
    if (isUnknown(value)) continue;
    if (value === undefined || value === null || value === "") {
      if (!type.endsWith("?") && value !== "") fail(key, `"${key}" is missing: set it`);
      continue;
    }
    const [kind] = type.split("?");
    if (!is[kind as keyof typeof is](value)) {
      fail(key, `"${key}" is ${JSON.stringify(value)}: it must be ${words[kind as keyof typeof words]}`);
    }
  }
  return failures;
}

const isString = (value: unknown) => typeof value === "string";
const is = {
  string: isString,
  list: (value: unknown) => Array.isArray(value) && value.every(isString),
  map: (value: unknown) =>
    typeof value === "object" && !Array.isArray(value) && Object.values(value as object).every(isString),
};
const words = { string: "a string", list: "a list of strings", map: "a map of strings" };
