import { accessSync, chmodSync, constants, rmSync, statSync } from "node:fs";
import type { FastifyInstance } from "fastify";
import pino, { type Logger } from "pino";
import { newApi } from "./api";
import { newOperator } from "./operator";
import { readSettings, type Settings, SettingsError } from "./settings";
import { follow } from "./shutdown";
import { OPERATOR_SOCKET } from "./socket";
import { DATABASE } from "./sqlite-database";
import { SqliteStore } from "./sqlite-store";
import { StoreUnavailable } from "./store";
import { Tokens } from "./tokens";

/** Orchestrators kill 5 s after SIGTERM: what is still running then is cut off a little earlier, so that the store closes. */
const SHUTDOWN_MS = 4_000;

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
  const store = openStore(settings, log);
  const tokens = new Tokens(settings.jwtSecrets);
  const { executionId, rateLimitPerMinute } = settings;
  const api = newApi({ store, tokens, log, rateLimitPerMinute, executionId });
  const operator = newOperator({ registry: store, tokens, log, executionId });

  const closers = [api, operator].map(follow);
  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, "stopping");
    await Promise.all(closers.map((close) => close(SHUTDOWN_MS)));
    await store.close();
    log.info("stopped");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => void stop(signal));

  await listenOnSocket(operator);
  await listenOnPort(api, settings.port);
  for (const name of settings.unknown) log.warn({ name }, "no setting has this name: it has no effect");
  log.info({ port: settings.port, executionId, startMs: Math.round(performance.now()) }, "ready");
}

function openStore({ dataDir }: Settings, log: Logger): SqliteStore {
  if (dataDir === undefined) {
    log.info("the store is in memory: data is lost when the container stops (set DATA_DIR to keep it)");
  } else {
    checkFolder(dataDir);
    log.info({ dataDir, database: DATABASE }, "the store is SQLite");
  }
  return new SqliteStore(dataDir);
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
