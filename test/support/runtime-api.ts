import type {
  FastifyInstance,
  InjectOptions,
  LightMyRequestResponse,
} from "../../images/runtime-api/node_modules/fastify";
import pino from "../../images/runtime-api/node_modules/pino";
import { type ApiOptions, newApi } from "../../images/runtime-api/src/api";
import { newOperator } from "../../images/runtime-api/src/operator";
import { SqliteStore } from "../../images/runtime-api/src/sqlite-store";
import type { Registry, Store } from "../../images/runtime-api/src/store";
import { Tokens } from "../../images/runtime-api/src/tokens";
import { conformity, type Document } from "./runtime-api-openapi";
import { SECRET } from "./secret";
import { part, token } from "./token";

export { part, SECRET, token };

/** The service in this process, without sockets; `lines` is what it logs. */
export function service({
  rateLimitPerMinute = 1000,
  executionMaxBytes = 2 ** 30,
  executionMaxKeys = 1000,
  executionId = undefined as string | undefined,
  dataDir = "",
} = {}) {
  const store = new SqliteStore(dataDir || undefined);
  const limits = { rateLimitPerMinute, executionMaxBytes, executionMaxKeys };
  const { operator, ...rest } = serviceOver(store, { ...limits, executionId }, store);
  return {
    ...rest,
    store,
    operator,
    /** Calls the operator's interface. */
    operate: (method: string, path: string, body?: string) => inject(operator, method, path, body, {}),
  };
}

let conforms: ReturnType<typeof conformity> | undefined;

/** The same over any store. Each answer is checked against the OpenAPI document. */
export function serviceOver(
  store: Store,
  options: Partial<ApiOptions> = {},
  registry?: Registry,
  lines: string[] = [],
) {
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const tokens = new Tokens(() => [SECRET]);
  const limits = { rateLimitPerMinute: 1_000_000, executionMaxBytes: 2 ** 30, executionMaxKeys: 1000 };
  const api = newApi({ ...limits, ...options, store, tokens, log });
  const operator = newOperator({ registry, tokens, log, executionId: options.executionId });
  return {
    lines,
    api,
    operator,
    /** Calls the API with a token; status, headers and the body's text. */
    call: async (
      method: string,
      path: string,
      body?: string,
      bearer: string | null = token(),
      headers: Record<string, string> = {},
    ) => {
      conforms ??= conformity((await inject(api, "GET", "/openapi.json", undefined, {})).json() as Document);
      const authorization: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
      const answer = await inject(api, method, path, body, { ...authorization, ...headers });
      conforms(method, path, answer);
      return answer;
    },
    close: async () => {
      await Promise.all([api.close(), operator.close()]);
      await store.close();
    },
  };
}

export type Service = ReturnType<typeof service>;

async function inject(
  app: FastifyInstance,
  method: string,
  url: string,
  payload: string | undefined,
  headers: Record<string, string>,
): Promise<LightMyRequestResponse> {
  return app.inject({ method: method as InjectOptions["method"], url, payload, headers });
}
