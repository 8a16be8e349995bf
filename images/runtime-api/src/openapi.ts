import { STATUS_CODES } from "node:http";
import { FAILURE } from "./answers";
import type { Operation, Operations } from "./operations";
import type { Schema } from "./schemas";
import { VERSION } from "./version";

/** Statuses that every operation may answer: the request's form; then the token, the backend and the store. */
const ALWAYS = [400, 405, 413, 431, 500];
const WITH_TOKEN = [401, 403, 404, 409, 429, 502, 503, 504];

/** The OpenAPI 3.1 document of what the service does: of the operations themselves, so that it cannot differ from them. */
export function openApi(publicOnes: Operations, protectedOnes: Operations): Record<string, unknown> {
  return {
    openapi: "3.1.0",
    info: {
      title: "Cronium runtime API",
      version: VERSION,
      description:
        "What a job reaches of its execution: input, output, condition, context, variables and tool actions.",
    },
    security: [{ token: [] }],
    paths: { ...paths(publicOnes, false), ...paths(protectedOnes, true) },
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      schemas: { Failure: FAILURE },
    },
  };
}

function paths(operations: Operations, withToken: boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(operations).map(([path, methods]) => [
      path,
      {
        ...(path.includes("{") && { parameters: pathParameters(path) }),
        ...Object.fromEntries(
          Object.entries(methods).map(([method, operation]) => [method.toLowerCase(), describe(operation, withToken)]),
        ),
      },
    ]),
  );
}

function describe(operation: Operation, withToken: boolean): Record<string, unknown> {
  const { summary, description, query, body, ifMatch, etag, answer, failures = [] } = operation;
  const statuses = [...ALWAYS, ...(withToken ? WITH_TOKEN : []), ...(ifMatch ? [412] : []), ...failures];
  const parameters = [
    ...Object.entries(query?.properties ?? {}).map(([name, { description: text, ...schema }]) => ({
      name,
      in: "query",
      description: text,
      schema,
    })),
    ...(ifMatch ? [{ name: "If-Match", in: "header", description: "an ETag, or *", schema: { type: "string" } }] : []),
  ];
  return {
    summary,
    ...(description && { description }),
    ...(!withToken && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      200: {
        description: "Done",
        ...(etag && { headers: { ETag: { required: true, schema: { type: "string" } } } }),
        content: json(answer),
      },
      ...Object.fromEntries([...new Set(statuses)].sort().map((status) => [status, failure(status)])),
    },
  };
}

const REQUIRED_HEADERS: Readonly<Record<number, string>> = { 405: "Allow", 429: "Retry-After", 503: "Retry-After" };

function failure(status: number): Record<string, unknown> {
  const header = REQUIRED_HEADERS[status];
  return {
    description: STATUS_CODES[status],
    ...(header && { headers: { [header]: { required: true, schema: { type: "string" } } } }),
    content: json({ $ref: "#/components/schemas/Failure" }),
  };
}

function pathParameters(path: string): unknown[] {
  const names = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => name);
  return names.map((name) => ({ name, in: "path", required: true, schema: { type: "string", minLength: 1 } }));
}

function json(schema: Schema): Record<string, unknown> {
  return { "application/json": { schema } };
}
