import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { HEALTH, READY } from "./answers";
import { executionOperations, toolOperations } from "./api-operations";
import { ApiError } from "./errors";
import { BODY_LIMIT, ExecutionBudget, MinuteLimit } from "./limits";
import { observeRequest } from "./metrics";
import { openApi } from "./openapi";
import { addOperations, type Operations } from "./operations";
import { Readiness } from "./readiness";
import { Room } from "./room";
import { newServer, notFound } from "./server";
import type { Store } from "./store";
import type { Bearer, Tokens } from "./tokens";

/** What the API for jobs is made of. */
export interface ApiOptions {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly log: Logger;
  /** Requests of one execution, and failed authentications of one address, a minute. */
  readonly rateLimitPerMinute: number;
  /** Bytes that one execution may send in all. */
  readonly executionMaxBytes: number;
  /** Variables that one execution may write. */
  readonly executionMaxKeys: number;
  /** Only this execution is served. */
  readonly executionId?: string;
}

/** The API that jobs reach over the network: contract, "HTTP, port 8081". */
export function newApi(options: ApiOptions): FastifyInstance {
  const { store } = options;
  const app = newServer(options.log, observeRequest);
  const budget = new ExecutionBudget(options.executionMaxBytes, options.executionMaxKeys);
  const executions = executionOperations(store, budget);
  const tools = toolOperations(store);
  const publicOnes = publicOperations(store, () => document);
  const document = JSON.stringify(openApi(publicOnes, { ...executions, ...tools }));

  addOperations(app, publicOnes);
  const authenticate = authentication(options);
  for (const [prefix, operations] of [
    ["/executions", executions],
    ["/tool-actions", tools],
  ] as const) {
    app.register(
      async (protectedOnes) => {
        authenticate(protectedOnes);
        addOperations(protectedOnes, operations, prefix, budget);
      },
      { prefix },
    );
  }
  return app;
}

function publicOperations(store: Store, document: () => string): Operations {
  const readiness = new Readiness(store);
  return {
    "/health": {
      GET: {
        summary: "Whether the service runs",
        answer: HEALTH,
        run: () => JSON.stringify({ status: "healthy", time: new Date().toISOString() }),
      },
    },
    "/ready": {
      GET: {
        summary: "Whether the service can do its work; 503 names what is down",
        answer: READY,
        failures: [503],
        run: async () => {
          const problems = await readiness.problems();
          if (problems.length > 0)
            throw new ApiError(503, `Not ready: ${problems.join("; ")}.`, { "retry-after": "1" });
          return JSON.stringify({ status: "ready", time: new Date().toISOString() });
        },
      },
    },
    "/openapi.json": {
      GET: { summary: "This document", answer: { type: "object" }, run: document },
    },
  };
}

/**
 * Lets only callers with a valid token for the path's execution pass, before anything else is said or read: without
 * one, paths and methods that do not exist are 401 too.
 */
function authentication(options: ApiOptions): (app: FastifyInstance) => void {
  const room = new Room();
  const requests = new MinuteLimit(options.rateLimitPerMinute);
  const failures = new MinuteLimit(options.rateLimitPerMinute);

  return (app) => {
    app.setNotFoundHandler(notFound);
    app.addHook("onRequest", (request, _reply, done) => {
      const { authorization } = request.headers;
      const known = options.tokens.known(authorization);
      if (known !== undefined) {
        // At the end of the event loop's turn: answers that go out together cost two thirds of what they cost apart.
        setImmediate(() => done(admit(request, known)));
        return;
      }
      options.tokens.caller(authorization).then(
        (checked) => done(admit(request, checked)),
        (error: Error) => done(over(failures, request.ip, "too many failed authentications") ?? error),
      );
    });
    app.addHook("preParsing", (request, reply, _payload, done) => {
      const size = sizeOf(request);
      if (!Room.isLarge(size)) return done();
      room.body(size).then((leave) => {
        if (reply.raw.closed) leave();
        else reply.raw.once("close", leave);
        done();
      }, done);
    });
    app.addHook("onSend", (request, reply, payload, done) => {
      const size = payload instanceof Buffer ? payload.length : 0;
      if (request.caller && Room.isLarge(size)) reply.raw.once("close", room.answer(request.caller.executionId, size));
      done();
    });
  };

  /** A body that says no size may have any. */
  function sizeOf({ headers }: FastifyRequest): number {
    const chunked = headers["transfer-encoding"] === undefined ? 0 : BODY_LIMIT;
    return Math.min(Number(headers["content-length"] ?? chunked) || 0, BODY_LIMIT);
  }

  function admit(request: FastifyRequest, { caller, token }: Bearer): ApiError | undefined {
    request.caller = caller;
    const tooMany = over(requests, caller.executionId, "too many requests of this execution");
    if (tooMany) return tooMany;
    const unread = room.unread(caller.executionId);
    if (unread) return unread;
    if (options.executionId !== undefined && options.executionId !== caller.executionId) {
      return new ApiError(403, "This runtime API serves another execution only (EXECUTION_ID).");
    }
    // The known orchestrator puts the token where the id belongs: it then stands for the id in it.
    const { id } = request.params as { id?: string };
    if (id !== undefined && id !== caller.executionId && id !== token) {
      return new ApiError(403, "The path's execution is not the token's: use the execution id of the token.");
    }
    return undefined;
  }
}

function over(limit: MinuteLimit, key: string, what: string): ApiError | undefined {
  const seconds = limit.count(key);
  if (seconds === 0) return undefined;
  return new ApiError(429, `There were ${what}: wait ${seconds} s.`, { "retry-after": String(seconds) });
}
