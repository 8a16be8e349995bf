import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ExecutionBudget } from "./limits";
import { bodyReader, type Given, type ObjectSchema, queryReader, type Schema } from "./schemas";
import { resource, sendJson } from "./server";

/** One method of one path: what it takes, what it answers, and how. Routes, checks and the OpenAPI document come from it. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly query?: ObjectSchema;
  readonly body?: ObjectSchema;
  /** It honours the header If-Match. */
  readonly ifMatch?: true;
  /** Its answer has an ETag. */
  readonly etag?: true;
  /** The schema of its answer with status 200. */
  readonly answer: Schema;
  /** Statuses of its failures beyond those that every operation has. */
  readonly failures?: readonly number[];
  /** Returns the answer as JSON text. */
  readonly run: (request: FastifyRequest, reply: FastifyReply, given: Given) => Promise<string> | string;
}

/** Operations by path and method; a path's parameters are written {name}. */
export type Operations = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/**
 * Adds routes for operations.
 * @param prefix where the app is mounted: their paths are below it
 * @param budget what bodies are counted against
 */
export function addOperations(
  app: FastifyInstance,
  operations: Operations,
  prefix = "",
  budget?: ExecutionBudget,
): void {
  for (const [path, methods] of Object.entries(operations)) {
    const handlers = Object.entries(methods).map(
      ([method, operation]) => [method, handlerOf(operation, budget)] as const,
    );
    resource(app, path.slice(prefix.length).replace(/{(\w+)}/g, ":$1"), Object.fromEntries(handlers));
  }
}

function handlerOf({ body, query, run }: Operation, budget: ExecutionBudget | undefined) {
  const read = body ? bodyReader(body) : query ? queryReader(query) : () => NOTHING;
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.body instanceof Buffer && request.caller) {
      budget?.bytes(request.caller.executionId, request.body.length);
    }
    return sendJson(reply, await run(request, reply, read(request)));
  };
}

const NOTHING: Given = {};
