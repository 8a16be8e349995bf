import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { ApiError } from "./errors";
import type { JsonText } from "./json-text";
import { bodyMembers, newServer, resource, sendJson } from "./server";
import type { ExecutionReport, NewExecution, Registry } from "./store";
import { isIdentifier, type Tokens } from "./tokens";

/** Longest life of an execution that may be asked for, in seconds: 30 days. */
export const MAX_TTL_SECONDS = 30 * 24 * 3600;
const DEFAULT_TTL_SECONDS = 3600;

/** What the operator's interface is made of. */
export interface OperatorOptions {
  readonly registry: Registry;
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
  resource(app, "/executions", {
    GET: async (_request, reply) => sendJson(reply, JSON.stringify(await registry.list())),
    POST: async (request, reply) => {
      if (only !== undefined) throw new ApiError(409, `EXECUTION_ID restricts this runtime API to ${only}: unset it.`);
      const execution = newExecution(bodyMembers(request, ["input", "userId", "jobId", "eventId", "ttlSeconds"]));
      await registry.register(execution);
      const { executionId, jobId, userId, expiresAt } = execution;
      const token = await tokens.sign(execution);
      const answer = { executionId, jobId, userId, token, expiresAt: new Date(expiresAt * 1000).toISOString() };
      return sendJson(reply, JSON.stringify(answer));
    },
  });
  resource(app, "/executions/:id", {
    GET: async (request, reply) => {
      const { id } = request.params as { id: string };
      const report = await registry.show(id);
      if (report === undefined) throw unknownExecution(id);
      return sendJson(reply, reportText(report));
    },
    DELETE: async (request, reply) => {
      const { id } = request.params as { id: string };
      if (!(await registry.expire(id))) throw unknownExecution(id);
      return sendJson(reply, JSON.stringify({ executionId: id, expired: true }));
    },
  });
  return app;
}

type Registration = Partial<Record<"input" | "userId" | "jobId" | "eventId" | "ttlSeconds", JsonText>>;

function newExecution(given: Registration): NewExecution {
  const executionId = randomUUID();
  const userId = identifier(given, "userId");
  if (userId === undefined)
    throw new ApiError(400, '"userId" is missing: give the user whose variables the job shares.');
  const expiresAt = Math.floor(Date.now() / 1000) + ttlSeconds(given);
  return {
    executionId,
    userId,
    jobId: identifier(given, "jobId") ?? executionId,
    eventId: identifier(given, "eventId") ?? "",
    ...(given.input !== undefined && { input: given.input }),
    expiresAt,
  };
}

function identifier(given: Registration, name: "userId" | "jobId" | "eventId"): string | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value === "string" && value !== "" && isIdentifier(value)) return value;
  throw new ApiError(400, `"${name}" is ${text}: give a string that is not empty and has no control characters.`);
}

function ttlSeconds({ ttlSeconds: text }: Registration): number {
  if (text === undefined) return DEFAULT_TTL_SECONDS;
  const value: unknown = JSON.parse(text);
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_TTL_SECONDS) return Number(value);
  throw new ApiError(400, `"ttlSeconds" is ${text}: give a whole number from 1 to ${MAX_TTL_SECONDS}.`);
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
