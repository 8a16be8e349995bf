import { METHODS, STATUS_CODES } from "node:http";
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteHandlerMethod,
} from "fastify";
import type { Logger } from "pino";
import { ApiError, backendFailed, errorBody, storeUnavailable, unauthorized } from "./errors";
import { BODY_LIMIT } from "./limits";
import { requestIds } from "./request-ids";
import { Room } from "./room";
import { BackendFailed, type Caller, ExecutionEnded, NotSupported, StoreUnavailable } from "./store";

/** A request that is not there after this many ms is given up, however slowly its bytes come. */
const REQUEST_TIMEOUT_MS = 60_000;

declare module "fastify" {
  interface FastifyRequest {
    /** Who the token says it is; undefined before that was checked, and where no token is asked for. */
    caller: Caller | undefined;
  }
}

/** Told of each request that was answered: the route's pattern, and how long it took in ms. */
export type Observer = (method: string, route: string | undefined, status: number, ms: number) => void;

/** A server without routes whose answers, also the failures, are all JSON; used for jobs and for the operator. */
export function newServer(log: Logger, observe: Observer = () => undefined): FastifyInstance {
  const app = fastify({
    // Requests are logged below: fastify's own lines hold the URL, which may hold a token.
    logger: false,
    genReqId: requestIds(),
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 16 * 1024 },
    schemaController: { compilersFactory: { buildValidator: () => noSchema, buildSerializer: () => noSchema } },
    frameworkErrors: (error, request, reply) => fail(log, error, request, reply),
  });
  for (const method of METHODS) {
    if (!app.supportedMethods.includes(method) && method !== "CONNECT") app.addHttpMethod(method);
  }
  app.decorateRequest("caller", undefined);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("onRequest", (request, reply, done) => {
    // A body is JSON whatever its Content-Type says; fastify would answer 415 to one it cannot parse.
    request.raw.headers["content-type"] = undefined;
    reply.header("x-request-id", request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const ms = reply.elapsedTime;
    observe(request.method, routeOf(request), reply.statusCode, ms);
    logRequest(log, request, reply, ms);
    done();
  });
  app.setErrorHandler((error, request, reply) => fail(log, error, request, reply));
  app.setNotFoundHandler(notFound);
  return app;
}

/** Routes of one path by method. Every other method is answered 405 with Allow. */
export function resource(app: FastifyInstance, url: string, handlers: Record<string, RouteHandlerMethod>): void {
  // fastify adds HEAD to each GET.
  const allowed = Object.keys(handlers).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
  const allow = allowed.join(", ");
  for (const [method, handler] of Object.entries(handlers)) app.route({ method, url, handler });
  app.route({
    method: app.supportedMethods.filter((method) => !allowed.includes(method)),
    url,
    // Before a body is read.
    onRequest: async (request) => {
      throw new ApiError(405, `${request.method} does not work here: use ${allow}.`, { allow });
    },
    handler: notFound,
  });
}

/** The answer to a path that is not there. */
export async function notFound(): Promise<never> {
  throw new ApiError(404, "There is no such path: GET /openapi.json describes those there are.");
}

/** Answers 200 with a JSON text. A large one goes as a Buffer: Node would keep a string twice until it was read. */
export function sendJson(reply: FastifyReply, body: string): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(Room.isLarge(body.length) ? Buffer.from(body) : body);
}

/** Operations check what they take and write what they answer. Without this fastify loads its compilers: 3 MB, 90 ms. */
function noSchema(): never {
  throw new Error("a route has a schema of fastify's: make it an Operation");
}

function fail(log: Logger, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = apiError(error);
  const about = { reqId: request.id, route: routeOf(request) };
  if (known === undefined) log.error({ ...about, err: error }, "request failed");
  else if (known.status >= 500) log.error({ ...about, reason: (error as Error).message }, "store unavailable");
  const { status, message, headers } = known ?? new ApiError(500, "The runtime API failed; its log says why.");
  // fastify would close the connection under a client that still sends; Node reads on and throws it away.
  if (status === 413) reply.removeHeader("connection");
  reply.code(status).headers(headers);
  sendJson(reply, errorBody(status, message));
}

function apiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof ExecutionEnded) return unauthorized(error.message);
  if (error instanceof NotSupported) return new ApiError(404, error.message);
  if (error instanceof StoreUnavailable) return storeUnavailable("The store cannot do it now: try again in a moment.");
  if (error instanceof BackendFailed) return backendFailed(error);
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (statusCode === 413) return new ApiError(413, `The body is larger than ${BODY_LIMIT} bytes.`);
  if (code === "FST_ERR_BAD_URL")
    return new ApiError(400, "The path has a % that is not part of an escaped character.");
  // What else fastify refuses (a wrong Content-Length, ...) is the request's fault; its message holds no value of it.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500 && STATUS_CODES[statusCode] !== undefined) {
    return new ApiError(statusCode, (error as Error).message);
  }
  return undefined;
}

function logRequest(log: Logger, request: FastifyRequest, reply: FastifyReply, elapsedMs: number): void {
  const level = reply.statusCode >= 500 ? "warn" : reply.statusCode >= 400 ? "info" : "debug";
  if (!log.isLevelEnabled(level)) return;
  const { id, caller, method } = request;
  const ms = Math.round(elapsedMs * 10) / 10;
  log[level](
    { reqId: id, method, route: routeOf(request), status: reply.statusCode, ms, executionId: caller?.executionId },
    "request",
  );
}

/** The route's pattern, never the path: an id in it may be a token, a key somebody's secret. */
function routeOf(request: FastifyRequest): string | undefined {
  return request.routeOptions.url;
}
