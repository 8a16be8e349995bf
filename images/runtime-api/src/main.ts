import { accessSync, chmodSync, constants, rmSync, statSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import type { FastifyInstance } from "fastify";
import pino, { type Logger } from "pino";
import { newApi } from "./api";
import { Audit } from "./audit";
import { BackendClient } from "./backend-client";
import { BackendStore } from "./backend-store";
import { observeProcess } from "./metrics";
import { newOperator } from "./operator";
import { jwtSecrets, readSettings, type Settings, SettingsError } from "./settings";
import { SharedCache } from "./shared-cache";
import { follow } from "./shutdown";
import { OPERATOR_SOCKET } from "./socket";
import { DATABASE } from "./sqlite-database";
import { SqliteStore } from "./sqlite-store";
import { type Registry, type Store, StoreUnavailable } from "./store";
import { Tokens } from "./tokens";

/** Orchestrators kill 5 s after SIGTERM: what is still running is cut off earlier, so that the store has time to close. */
const SHUTDOWN_MS = 3_500;
const CLOSE_MS = 1_000;
const HOUR_MS = 3_600_000;
/** How often the secrets are read. */
const SECRETS_MS = 2_000;

// 15 MB less under load, for no time. As an argument of node it would cost 5 MB, as it then cannot use its own code cache.
setFlagsFromString("--no-maglev");
start().catch((error: unknown) => {
  const known = error instanceof SettingsError || error instanceof StoreUnavailable;
  process.stderr.write(`runtime-api: ${known ? error.message : (error as Error).stack}\n`);
  process.exit(1);
});

/** Starts the service as the environment says, until SIGTERM or SIGINT. */
async function start(): Promise<void> {
  // The socket and the database are for this user alone.
  process.umask(0o077);
  const settings = readSettings(process.env);
  const log = pino({
    level: settings.logLevel,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  });
  const { store, registry } = await openStore(settings, log);
  const tokens = newTokens(settings, log);
  const api = newApi({ ...settings, store, tokens, log });
  const operator = newOperator({ registry, tokens, log, executionId: settings.executionId });
  observeProcess();

  const closers = [api, operator].map(follow);
  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, "stopping");
    await Promise.all(closers.map((close) => close(SHUTDOWN_MS)));
    await store.close(CLOSE_MS);
    log.info("stopped");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void stop(signal));

  await listenOnSocket(operator);
  await listenOnPort(api, settings.port);
  for (const name of settings.unknown) log.warn({ name }, "no setting has this name: it has no effect");
  log.info({ port: settings.port, executionId: settings.executionId, startMs: Math.round(performance.now()) }, "ready");
}

/** The secrets' files may change while the service runs: that is how they are rotated. */
function newTokens(settings: Settings, log: Logger): Tokens {
  let secrets = settings.jwtSecrets;
  const tokens = new Tokens(() => {
    try {
      secrets = jwtSecrets(process.env);
    } catch (error) {
      log.error({ reason: (error as Error).message }, "the secrets stay what they were");
    }
    return secrets;
  });
  setInterval(() => tokens.refresh(), SECRETS_MS).unref();
  return tokens;
}

/** The backend if there is one, else SQLite, which alone has executions for the operator. */
async function openStore(
  { dataDir, backend, retentionMs }: Settings,
  log: Logger,
): Promise<{ store: Store; registry?: Registry }> {
  if (dataDir !== undefined) checkFolder(dataDir);
  if (backend !== undefined) {
    const { url, valkeyUrl, replicas } = backend;
    log.info({ backend: url.origin, valkey: valkeyUrl !== undefined, replicas }, "the store is the backend");
    const client = new BackendClient(backend);
    const cache = await SharedCache.open(backend, log);
    return { store: new BackendStore(client, cache, new Audit(client, dataDir, log)) };
  }
  if (dataDir === undefined) {
    log.info("the store is in memory: data is lost when the container stops (set DATA_DIR to keep it)");
  } else {
    log.info({ dataDir, database: DATABASE }, "the store is SQLite");
  }
  const store = new SqliteStore(dataDir);
  const forget = () =>
    store.forget(Math.round(retentionMs / 1000)).then(
      (count) => count > 0 && log.info({ count }, "expired executions were forgotten"),
      (error: Error) => log.error({ reason: error.message }, "expired executions could not be forgotten"),
    );
  void forget();
  setInterval(forget, HOUR_MS).unref();
  return { store, registry: store };
}

function checkFolder(dataDir: string): void {
  try {
    if (!statSync(dataDir).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new SettingsError(
      `DATA_DIR is "${dataDir}", which cannot be used (${why}): mount a volume there that user 1000 may write.`,
    );
  }
}

async function listenOnSocket(operator: FastifyInstance): Promise<void> {
  try {
    // One that a killed process left behind.
    rmSync(OPERATOR_SOCKET, { force: true });
    await operator.listen({ path: OPERATOR_SOCKET });
    chmodSync(OPERATOR_SOCKET, 0o600);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new SettingsError(`The operator's socket ${OPERATOR_SOCKET} cannot be made (${why}): mount a tmpfs at /tmp.`);
  }
}

async function listenOnPort(api: FastifyInstance, port: number): Promise<void> {
  try {
    await api.listen({ port, host: "::" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") throw new SettingsError(`PORT ${port} is in use: set PORT to another one.`);
    if (code === "EACCES") throw new SettingsError(`PORT ${port} is not for this user: set PORT to 1024 or more.`);
    // A kernel without IPv6.
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
    await api.listen({ port, host: "0.0.0.0" });
  }
}
