import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { ApiError } from "./errors";
import { type JsonText, jsonText } from "./json-text";
import { MinuteLimit } from "./limits";
import { bodyMembers, newServer, notFound, resource, sendJson } from "./server";
import type { Caller, ExecutionContext, Store } from "./store";
import type { Tokens } from "./tokens";

/** What the API for jobs is made of. */
export interface ApiOptions {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly log: Logger;
  /** Requests of one execution, and failed authentications of one address, a minute. */
  readonly rateLimitPerMinute: number;
  /** Only this execution is served. */
  readonly executionId?: string;
}

const SUCCESS = '{"success":true}';

/** The API that jobs reach over the network: contract, "HTTP, port 8081". */
export function newApi(options: ApiOptions): FastifyInstance {
  const app = newServer(options.log);
  resource(app, "/health", {
    GET: async (_request, reply) =>
      sendJson(reply, JSON.stringify({ status: "healthy", time: new Date().toISOString() })),
  });
  app.register(async (executions) => executionRoutes(executions, options), { prefix: "/executions" });
  return app;
}

function executionRoutes(app: FastifyInstance, options: ApiOptions): void {
  const { store } = options;
  authenticate(app, options);

  resource(app, "/:id/input", {
    GET: async (request, reply) => {
      const input = await store.input(callerOf(request));
      return input === undefined ? sendJson(reply, SUCCESS) : sendData(reply, input);
    },
  });
  resource(app, "/:id/output", {
    POST: async (request, reply) => {
      const { data } = bodyMembers(request, ["data"]);
      await store.setOutput(callerOf(request), data ?? NULL);
      return sendJson(reply, SUCCESS);
    },
  });
  resource(app, "/:id/variables/:key", {
    GET: async (request, reply) => {
      const key = keyOf(request);
      const value = await store.variable(callerOf(request), key);
      if (value === undefined) throw new ApiError(404, `There is no variable ${jsonText(key)}: set it first.`);
      return sendData(reply, `{"key":${jsonText(key)},"value":${value}}`);
    },
    PUT: async (request, reply) => {
      const { value } = bodyMembers(request, ["value"]);
      await store.setVariable(callerOf(request), keyOf(request), value ?? NULL);
      return sendJson(reply, SUCCESS);
    },
  });
  resource(app, "/:id/condition", {
    POST: async (request, reply) => {
      const { condition = "false" } = bodyMembers(request, ["condition"]);
      if (condition !== "true" && condition !== "false") {
        throw new ApiError(400, 'The body\'s "condition" must be true or false.');
      }
      await store.setCondition(callerOf(request), condition === "true");
      return sendJson(reply, SUCCESS);
    },
  });
  resource(app, "/:id/context", {
    GET: async (request, reply) => sendData(reply, contextText(await store.context(callerOf(request)))),
  });
}

const NULL = "null" as JsonText;

/**
 * Lets only callers with a valid token for the path's execution pass, before anything else is said or read: without
 * one, paths and methods that do not exist are 401 too.
 */
function authenticate(app: FastifyInstance, options: ApiOptions): void {
  const requests = new MinuteLimit(options.rateLimitPerMinute);
  const failures = new MinuteLimit(options.rateLimitPerMinute);

  app.setNotFoundHandler(notFound);
  app.addHook("onRequest", async (request) => {
    const { caller, token } = await options.tokens.caller(request.headers.authorization).catch((error: unknown) => {
      refuseOver(failures, request.ip, "too many failed authentications");
      throw error;
    });
    request.caller = caller;
    refuseOver(requests, caller.executionId, "too many requests of this execution");
    if (options.executionId !== undefined && options.executionId !== caller.executionId) {
      throw new ApiError(403, "This runtime API serves another execution only (EXECUTION_ID).");
    }
    // The known orchestrator puts the token where the id belongs: it then stands for the id in it.
    const { id } = request.params as { id?: string };
    if (id !== undefined && id !== caller.executionId && id !== token) {
      throw new ApiError(403, "The path's execution is not the token's: use the execution id of the token.");
    }
  });
}

function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Error("a route for callers was reached without authentication");
  return request.caller;
}

function refuseOver(limit: MinuteLimit, key: string, what: string): void {
  const seconds = limit.count(key);
  if (seconds > 0)
    throw new ApiError(429, `There were ${what}: wait ${seconds} s.`, { "retry-after": String(seconds) });
}

function keyOf(request: FastifyRequest): string {
  return (request.params as { key: string }).key;
}

function sendData(reply: FastifyReply, data: string): FastifyReply {
  return sendJson(reply, `{"success":true,"data":${data}}`);
}

function contextText({ metadata, ...context }: ExecutionContext): string {
  const { input } = metadata;
  const fields = JSON.stringify(context).slice(0, -1);
  return `${fields},"metadata":${input === undefined ? "{}" : `{"input":${input}}`}}`;
}
