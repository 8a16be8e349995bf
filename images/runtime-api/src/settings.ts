import { duration, type Environment, find, httpUrl, integer, SettingsError, unknownNames } from "./environment";

export { type Environment, SettingsError } from "./environment";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** Where the production store is, and how long it may take. */
export interface BackendSettings {
  readonly url: URL;
  readonly token?: string;
  /** For one request, over all tries. */
  readonly timeoutMs: number;
  /** Tries after the first. */
  readonly maxRetries: number;
  /** The shared cache in front of it, with its password. */
  readonly valkeyUrl?: string;
  readonly cacheTtlMs: number;
  /** Services that write to the same backend: with more than one, some writes need the cache. */
  readonly replicas: number;
}

/** What the environment says, checked. */
export interface Settings {
  readonly port: number;
  readonly logLevel: LogLevel;
  /** The one that signs, then the one that is still accepted. */
  readonly jwtSecrets: readonly [string, ...string[]];
  /** Requests of one execution, and failed authentications of one address, a minute. */
  readonly rateLimitPerMinute: number;
  /** Bytes that one execution may send in all. */
  readonly executionMaxBytes: number;
  /** Variables that one execution may write. */
  readonly executionMaxKeys: number;
  /** Only this execution is served. */
  readonly executionId?: string;
  /** Folder of the database; in memory without it. */
  readonly dataDir?: string;
  /** How long an execution is kept after its token has expired. */
  readonly retentionMs: number;
  /** The store is the backend if there is one. */
  readonly backend?: BackendSettings;
  /** RUNTIME_ variables that no setting reads: worth a warning, for they may be misspelt. */
  readonly unknown: readonly string[];
}

/** RFC 7518, 3.2: a key for HS256 has at least the size of the hash. */
const MIN_SECRET_BYTES = 32;

const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "fatal",
  panic: "fatal",
};

/** Reads all settings. */
export function readSettings(environment: Environment): Settings {
  const executionId = find(environment, "EXECUTION_ID")?.value;
  const dataDir = find(environment, "DATA_DIR")?.value;
  const backend = backendSettings(environment);
  return {
    port: port(environment),
    logLevel: logLevel(environment),
    jwtSecrets: jwtSecrets(environment),
    rateLimitPerMinute: integer(environment, "RATE_LIMIT_PER_MIN", 1000, 1, 10_000_000),
    executionMaxBytes: integer(environment, "EXECUTION_MAX_BYTES", 2 ** 30, 1, 2 ** 50),
    executionMaxKeys: integer(environment, "EXECUTION_MAX_KEYS", 1000, 1, 10_000_000),
    ...(executionId !== undefined && { executionId }),
    ...(dataDir !== undefined && { dataDir }),
    retentionMs: duration(environment, "RETENTION", "7d", "0s", "3650d"),
    ...(backend !== undefined && { backend }),
    unknown: unknownNames(environment),
  };
}

/** The port alone, for the health check: it needs no secret. */
export function port(environment: Environment): number {
  return integer(environment, "PORT", 8081, 1, 65_535);
}

/** The secrets alone: their files may change while the service runs. */
export function jwtSecrets(environment: Environment): readonly [string, ...string[]] {
  const current = secret(environment, "JWT_SECRET");
  if (current === undefined) {
    throw new SettingsError(
      "JWT_SECRET is missing: set it, or JWT_SECRET_FILE to a file that holds it, to the orchestrator's secret.",
    );
  }
  const previous = secret(environment, "JWT_SECRET_PREVIOUS");
  return previous === undefined ? [current] : [current, previous];
}

function backendSettings(environment: Environment): BackendSettings | undefined {
  const url = httpUrl(environment, "BACKEND_URL");
  const valkeyUrl = valkeyAddress(environment);
  const replicas = integer(environment, "REPLICAS", 1, 1, 1000);
  if (url === undefined) {
    if (replicas > 1) {
      throw new SettingsError(
        `REPLICAS is ${replicas}, but each keeps its own data in SQLite: set BACKEND_URL, or REPLICAS to 1.`,
      );
    }
    return undefined;
  }
  const token = find(environment, "BACKEND_TOKEN")?.value;
  return {
    url,
    ...(token !== undefined && { token }),
    timeoutMs: duration(environment, "BACKEND_TIMEOUT", "25s", "100ms", "10m"),
    maxRetries: integer(environment, "BACKEND_MAX_RETRIES", 3, 0, 10),
    ...(valkeyUrl !== undefined && { valkeyUrl }),
    cacheTtlMs: duration(environment, "CACHE_TTL", "5m", "1s", "1d"),
    replicas,
  };
}

/** Its message never shows the address: a password may be in it. */
function valkeyAddress(environment: Environment): string | undefined {
  const found = find(environment, "VALKEY_URL");
  if (found === undefined) return undefined;
  const url = URL.parse(found.value);
  if (url && /^(valkeys?|rediss?):$/.test(url.protocol) && url.hostname) {
    return found.value.replace(/^valkey/, "redis");
  }
  throw new SettingsError(`${found.name} is not an address: give one such as valkey://:password@host:6379/0.`);
}

function logLevel(environment: Environment): LogLevel {
  const found = find(environment, "LOG_LEVEL");
  if (found === undefined) return "info";
  const level = LOG_LEVELS[found.value.toLowerCase()];
  if (level !== undefined) return level;
  throw new SettingsError(`${found.name} is "${found.value}": use one of ${Object.keys(LOG_LEVELS).join(", ")}.`);
}

function secret(environment: Environment, name: "JWT_SECRET" | "JWT_SECRET_PREVIOUS"): string | undefined {
  const found = find(environment, name);
  if (found === undefined) return undefined;
  const bytes = Buffer.byteLength(found.value);
  if (bytes >= MIN_SECRET_BYTES) return found.value;
  throw new SettingsError(
    `${found.name} has ${bytes} bytes: RFC 7518 wants at least ${MIN_SECRET_BYTES} for HS256, ` +
      "for example the output of: openssl rand -hex 32",
  );
}
