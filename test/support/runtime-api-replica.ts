import pino from "../../images/runtime-api/node_modules/pino";
import { Audit } from "../../images/runtime-api/src/audit";
import { BackendClient } from "../../images/runtime-api/src/backend-client";
import { BackendStore } from "../../images/runtime-api/src/backend-store";
import { type BackendSettings, readSettings } from "../../images/runtime-api/src/settings";
import { SharedCache } from "../../images/runtime-api/src/shared-cache";
import { SECRET, serviceOver } from "./runtime-api";

/** The service in this process over a backend, with what an environment adds. */
export async function replica(backendUrl: string, environment: Record<string, string> = {}, dataDir?: string) {
  const settings = readSettings({
    JWT_SECRET: SECRET,
    BACKEND_URL: backendUrl,
    BACKEND_TOKEN: "internal",
    BACKEND_TIMEOUT: "2s",
    ...environment,
  }).backend as BackendSettings;
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const client = new BackendClient(settings);
  const cache = await SharedCache.open(settings, log);
  const store = new BackendStore(client, cache, new Audit(client, dataDir, log));
  const service = serviceOver(store, { executionMaxKeys: 100_000 }, undefined, lines);
  let closed: Promise<unknown> | undefined;
  return {
    ...service,
    store,
    /** Nothing is wrong with the cache. */
    connected: () => cache.problems().length === 0,
    close: async () => {
      closed ??= Promise.all([service.api.close(), service.operator.close(), store.close(1000)]);
      await closed;
    },
  };
}

export type Replica = Awaited<ReturnType<typeof replica>>;
