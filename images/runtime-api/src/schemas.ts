import { Ajv, type ValidateFunction } from "ajv";
import type { FastifyRequest } from "fastify";
import { ApiError } from "./errors";
import { JsonError, type JsonText, jsonText, members } from "./json-text";

/** A JSON Schema. `description` completes the sentence "it must be ..." in an error. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly [keyword: string]: unknown;
}

export interface ObjectSchema extends Schema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, Schema>>;
}

/** Members of a body or a query by name, each as JSON text. */
export type Given = Readonly<Record<string, JsonText | undefined>>;

const ajv = new Ajv({ allErrors: false });

/** Reads a body: the members that the schema names, checked by it; 400 if it is not such an object. */
export function bodyReader(schema: ObjectSchema): (request: FastifyRequest) => Given {
  const names = Object.keys(schema.properties);
  const check = checker(schema, "The body's");
  return (request) => {
    try {
      return check(members(utf8(request.body), names));
    } catch (error) {
      if (error instanceof JsonError) throw new ApiError(400, `The body ${error.message}.`);
      throw error;
    }
  };
}

/** Reads a query string's parameters; those that the schema does not name are ignored. */
export function queryReader(schema: ObjectSchema): (request: FastifyRequest) => Given {
  const check = checker(schema, "The query's");
  return (request) => {
    const query = request.query as Record<string, unknown>;
    const given = Object.entries(schema.properties).flatMap(([name, { type }]): [string, JsonText][] => {
      const value = query[name];
      if (value === undefined) return [];
      const plain = type === "integer" && /^-?\d{1,15}$/.test(String(value)) ? Number(value) : value;
      return [[name, JSON.stringify(plain) as JsonText]];
    });
    return check(Object.fromEntries(given));
  };
}

/** Values of any type are not parsed: what they hold is nobody's business, and may be megabytes. */
function checker(schema: ObjectSchema, whose: string): (given: Given) => Given {
  const typed = Object.entries(schema.properties).filter(([, { type }]) => type !== undefined);
  const required = (schema.required ?? []) as readonly string[];
  if (typed.length === 0 && required.length === 0) return (given) => given;
  // Compiled when it is first needed: a service is to be ready at once.
  let validate: ValidateFunction | undefined;
  return (given) => {
    validate ??= ajv.compile(schema);
    const values = typed.filter(([name]) => given[name] !== undefined);
    const parsed = Object.fromEntries(values.map(([name]) => [name, JSON.parse(given[name] as string) as unknown]));
    if (!validate(parsed)) throw new ApiError(400, complaint(validate, schema, whose, given));
    return given;
  };
}

function complaint(validate: ValidateFunction, schema: ObjectSchema, whose: string, given: Given): string {
  const [error] = validate.errors ?? [];
  const missing = (error?.params as { missingProperty?: string } | undefined)?.missingProperty;
  const name = missing ?? error?.instancePath.split("/")[1] ?? "";
  const what = missing === undefined ? `is ${given[name]?.slice(0, 100)}` : "is missing";
  return `${whose} ${jsonText(name)} ${what}: it must be ${schema.properties[name]?.description}.`;
}

function utf8(body: unknown): string {
  try {
    return body === undefined ? "" : new TextDecoder("utf-8", { fatal: true }).decode(body as Buffer);
  } catch {
    throw new JsonError("is not UTF-8");
  }
}
