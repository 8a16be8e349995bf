import { readFileSync } from "node:fs";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** What the environment says, checked. */
export interface Settings {
  readonly port: number;
  readonly logLevel: LogLevel;
  /** The one that signs, then the one that is still accepted. */
  readonly jwtSecrets: readonly [string, ...string[]];
  /** Requests of one execution, and failed authentications of one address, a minute. */
  readonly rateLimitPerMinute: number;
  /** Only this execution is served. */
  readonly executionId?: string;
  /** Folder of the database; in memory without it. */
  readonly dataDir?: string;
  /** RUNTIME_ variables that no setting reads: worth a warning, for they may be misspelt. */
  readonly unknown: readonly string[];
}

/** A setting that cannot be used. The message names it, its value unless it is a secret, and the remedy. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** RFC 7518, 3.2: a key for HS256 has at least the size of the hash. */
const MIN_SECRET_BYTES = 32;

/** The group each setting has in the known service's nested names, RUNTIME_<GROUP>_<NAME>. */
const GROUPS = {
  PORT: "SERVER",
  LOG_LEVEL: "LOGGING",
  JWT_SECRET: "AUTH",
  JWT_SECRET_PREVIOUS: "AUTH",
  RATE_LIMIT_PER_MIN: "SECURITY",
  EXECUTION_ID: "SERVER",
  DATA_DIR: "SERVER",
} as const;

/** Settings of the contract that need a store this version does not have: using them must not go unnoticed. */
const NOT_YET = {
  BACKEND_URL: "BACKEND",
  BACKEND_TOKEN: "BACKEND",
  BACKEND_TIMEOUT: "BACKEND",
  BACKEND_MAX_RETRIES: "BACKEND",
  VALKEY_URL: "CACHE",
  CACHE_TTL: "CACHE",
} as const;

const SECRETS = ["JWT_SECRET", "JWT_SECRET_PREVIOUS", "BACKEND_TOKEN", "VALKEY_URL"];

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

/** Reads all settings. An empty value counts as none; the bare name wins over RUNTIME_<NAME>, that over the nested name. */
export function readSettings(environment: Environment): Settings {
  for (const [name, group] of Object.entries(NOT_YET)) {
    const found = find(environment, name, group);
    if (found !== undefined) {
      throw new SettingsError(
        `${found.name} is set, but this version keeps its data in SQLite only and would ignore it: ` +
          `remove ${found.name} (set DATA_DIR to keep data on a volume).`,
      );
    }
  }
  const executionId = find(environment, "EXECUTION_ID", GROUPS.EXECUTION_ID)?.value;
  const dataDir = find(environment, "DATA_DIR", GROUPS.DATA_DIR)?.value;
  return {
    port: port(environment),
    logLevel: logLevel(environment),
    jwtSecrets: secrets(environment),
    rateLimitPerMinute: integer(environment, "RATE_LIMIT_PER_MIN", 1000, 1, 10_000_000),
    ...(executionId !== undefined && { executionId }),
    ...(dataDir !== undefined && { dataDir }),
    unknown: unknownNames(environment),
  };
}

/** The port alone, for the health check: it needs no secret. */
export function port(environment: Environment): number {
  return integer(environment, "PORT", 8081, 1, 65_535);
}

function logLevel(environment: Environment): LogLevel {
  const found = find(environment, "LOG_LEVEL", GROUPS.LOG_LEVEL);
  if (found === undefined) return "info";
  const level = LOG_LEVELS[found.value.toLowerCase()];
  if (level !== undefined) return level;
  throw new SettingsError(`${found.name} is "${found.value}": use one of ${Object.keys(LOG_LEVELS).join(", ")}.`);
}

function secrets(environment: Environment): readonly [string, ...string[]] {
  const current = secret(environment, "JWT_SECRET");
  if (current === undefined) {
    throw new SettingsError(
      "JWT_SECRET is missing: set it, or JWT_SECRET_FILE to a file that holds it, to the orchestrator's secret.",
    );
  }
  const previous = secret(environment, "JWT_SECRET_PREVIOUS");
  return previous === undefined ? [current] : [current, previous];
}

function secret(environment: Environment, name: "JWT_SECRET" | "JWT_SECRET_PREVIOUS"): string | undefined {
  const found = find(environment, name, GROUPS[name]);
  if (found === undefined) return undefined;
  const bytes = Buffer.byteLength(found.value);
  if (bytes >= MIN_SECRET_BYTES) return found.value;
  throw new SettingsError(
    `${found.name} has ${bytes} bytes: RFC 7518 wants at least ${MIN_SECRET_BYTES} for HS256, ` +
      "for example the output of: openssl rand -hex 32",
  );
}

function integer(
  environment: Environment,
  name: keyof typeof GROUPS,
  preset: number,
  min: number,
  max: number,
): number {
  const found = find(environment, name, GROUPS[name]);
  if (found === undefined) return preset;
  const value = /^\d{1,9}$/.test(found.value) ? Number(found.value) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new SettingsError(`${found.name} is "${found.value}": give a whole number from ${min} to ${max}.`);
}

/** A setting's value and the name of the variable that gave it. */
function find(environment: Environment, name: string, group: string): { name: string; value: string } | undefined {
  for (const candidate of [name, `RUNTIME_${name}`, `RUNTIME_${group}_${name}`]) {
    const value = environment[candidate];
    if (value) return { name: candidate, value };
    const path = environment[`${candidate}_FILE`];
    if (path && SECRETS.includes(name))
      return { name: `${candidate}_FILE`, value: secretFile(`${candidate}_FILE`, path) };
  }
  return undefined;
}

function secretFile(name: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new SettingsError(`${name} is "${path}", which cannot be read (${why}): mount it readable for user 1000.`);
  }
  return text.replace(/\r?\n$/, "");
}

function unknownNames(environment: Environment): string[] {
  const names = { ...GROUPS, ...NOT_YET };
  const known = Object.entries(names).flatMap(([name, group]) => [`RUNTIME_${name}`, `RUNTIME_${group}_${name}`]);
  return Object.keys(environment)
    .filter(
      (name) => name.startsWith("RUNTIME_") && !known.includes(name) && !known.includes(name.replace(/_FILE$/, "")),
    )
    .sort();
}
