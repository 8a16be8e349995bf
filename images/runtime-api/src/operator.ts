import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { ApiError } from "./errors";
import type { JsonText } from "./json-text";
import { metricsText } from "./metrics";
import { bodyReader, type Given } from "./schemas";
import { newServer, resource, sendJson } from "./server";
import type { ExecutionReport, NewExecution, Registry } from "./store";
import type { Tokens } from "./tokens";

/** Longest life of an execution that may be asked for, in seconds: 30 days. */
export const MAX_TTL_SECONDS = 30 * 24 * 3600;
const DEFAULT_TTL_SECONDS = 3600;

/** What the operator's interface is made of. */
export interface OperatorOptions {
  /** Undefined where the executions are the backend's. */
  readonly registry?: Registry;
  readonly tokens: Tokens;
  readonly log: Logger;
  /** The service is restricted to this execution: no other can be registered. */
  readonly executionId?: string;
}

/**
 * The operator's interface. It has no authentication of its own: it listens on a Unix socket that only the
 * container's user can open, never on the network.
 */
export function newOperator({ registry, tokens, log, executionId: only }: OperatorOptions): FastifyInstance {
  const app = newServer(log);
  const known = (): Registry => {
    if (registry !== undefined) return registry;
    throw new ApiError(409, "The executions are the backend's (BACKEND_URL): this runtime API keeps none.");
  };
  resource(app, "/executions", {
    GET: async (_request, reply) => sendJson(reply, JSON.stringify(await known().list())),
    POST: async (request, reply) => {
      if (only !== undefined) throw new ApiError(409, `EXECUTION_ID restricts this runtime API to ${only}: unset it.`);
      const execution = newExecution(readRegistration(request));
      await known().register(execution);
      const { executionId, jobId, userId, expiresAt } = execution;
      const token = await tokens.sign(execution);
      const answer = { executionId, jobId, userId, token, expiresAt: new Date(expiresAt * 1000).toISOString() };
      return sendJson(reply, JSON.stringify(answer));
    },
  });
  resource(app, "/executions/:id", {
    GET: async (request, reply) => {
      const { id } = request.params as { id: string };
      const report = await known().show(id);
      if (report === undefined) throw unknownExecution(id);
      return sendJson(reply, reportText(report));
    },
    DELETE: async (request, reply) => {
      const { id } = request.params as { id: string };
      if (!(await known().expire(id))) throw unknownExecution(id);
      return sendJson(reply, JSON.stringify({ executionId: id, expired: true }));
    },
  });
  resource(app, "/metrics", {
    GET: async (_request, reply) => reply.type(METRICS_TYPE).send(await metricsText()),
  });
  return app;
}

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

const IDENTIFIER = {
  type: "string",
  pattern: "^[^\\p{Cc}\\p{Cs}]+$",
  description: "a string that is not empty and has no control characters",
};

const readRegistration = bodyReader({
  type: "object",
  properties: {
    input: {},
    userId: IDENTIFIER,
    jobId: IDENTIFIER,
    eventId: IDENTIFIER,
    ttlSeconds: {
      type: "integer",
      minimum: 1,
      maximum: MAX_TTL_SECONDS,
      description: `a whole number from 1 to ${MAX_TTL_SECONDS}`,
    },
  },
  required: ["userId"],
});

function newExecution({ input, userId, jobId, eventId, ttlSeconds }: Given): NewExecution {
  const executionId = randomUUID();
  const text = (given: JsonText | undefined, preset: string) =>
    given === undefined ? preset : (JSON.parse(given) as string);
  const seconds = ttlSeconds === undefined ? DEFAULT_TTL_SECONDS : Number(ttlSeconds);
  return {
    executionId,
    userId: text(userId, ""),
    jobId: text(jobId, executionId),
    eventId: text(eventId, ""),
    ...(input !== undefined && { input }),
    expiresAt: Math.floor(Date.now() / 1000) + seconds,
  };
}

function unknownExecution(id: string): ApiError {
  return new ApiError(404, `There is no execution ${JSON.stringify(id)}, or it was ended: see cronium-operator list.`);
}

function reportText({ input, output, condition, variables, ...summary }: ExecutionReport): string {
  return `{${[
    JSON.stringify(summary).slice(1, -1),
    ...(input === undefined ? [] : [`"input":${input}`]),
    ...(output === undefined ? [] : [`"output":${output}`]),
    `"condition":${condition}`,
    `"variables":{${variables.map(({ key, value }) => `${JSON.stringify(key)}:${value}`).join(",")}}`,
  ].join(",")}}`;
}
