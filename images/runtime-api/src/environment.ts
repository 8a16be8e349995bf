import { readFileSync } from "node:fs";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that cannot be used. The message names it, its value unless it is a secret, and the remedy. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** The group each setting has in the known service's nested names, RUNTIME_<GROUP>_<NAME>. */
const GROUPS = {
  PORT: "SERVER",
  LOG_LEVEL: "LOGGING",
  JWT_SECRET: "AUTH",
  JWT_SECRET_PREVIOUS: "AUTH",
  RATE_LIMIT_PER_MIN: "SECURITY",
  EXECUTION_MAX_BYTES: "SECURITY",
  EXECUTION_MAX_KEYS: "SECURITY",
  EXECUTION_ID: "SERVER",
  DATA_DIR: "SERVER",
  RETENTION: "SERVER",
  REPLICAS: "SERVER",
  BACKEND_URL: "BACKEND",
  BACKEND_TOKEN: "BACKEND",
  BACKEND_TIMEOUT: "BACKEND",
  BACKEND_MAX_RETRIES: "BACKEND",
  VALKEY_URL: "CACHE",
  CACHE_TTL: "CACHE",
} as const;

export type SettingName = keyof typeof GROUPS;

/** They can be given as a file too, and never appear in a message. */
const SECRETS: readonly string[] = ["JWT_SECRET", "JWT_SECRET_PREVIOUS", "BACKEND_TOKEN", "VALKEY_URL"];

/** A setting's value and the name of the variable that gave it. */
export interface Found {
  readonly name: string;
  readonly value: string;
}

/** An empty value counts as none; the bare name wins over RUNTIME_<NAME>, that over the nested name. */
export function find(environment: Environment, name: SettingName): Found | undefined {
  for (const candidate of [name, `RUNTIME_${name}`, `RUNTIME_${GROUPS[name]}_${name}`]) {
    const value = environment[candidate];
    if (value) return { name: candidate, value };
    const file = `${candidate}_FILE`;
    const path = environment[file];
    if (!path || !SECRETS.includes(name)) continue;
    const secret = secretFile(file, path);
    if (secret) return { name: file, value: secret };
  }
  return undefined;
}

/** A whole number within bounds. */
export function integer(environment: Environment, name: SettingName, preset: number, min: number, max: number): number {
  const found = find(environment, name);
  if (found === undefined) return preset;
  const value = /^\d{1,15}$/.test(found.value) ? Number(found.value) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new SettingsError(`${found.name} is "${found.value}": give a whole number from ${min} to ${max}.`);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time in ms: seconds, or numbers with units such as 1h30m, 500ms or 7d. */
export function duration(
  environment: Environment,
  name: SettingName,
  preset: string,
  min: string,
  max: string,
): number {
  const found = find(environment, name);
  const ms = milliseconds(found?.value ?? preset);
  if (ms >= milliseconds(min) && ms <= milliseconds(max)) return Math.round(ms);
  throw new SettingsError(
    `${found?.name} is "${found?.value}": give seconds, or a time such as 30s or 1h30m, from ${min} to ${max}.`,
  );
}

/** An http or https address without query and credentials. */
export function httpUrl(environment: Environment, name: SettingName): URL | undefined {
  const found = find(environment, name);
  if (found === undefined) return undefined;
  const url = URL.parse(found.value);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash) return url;
  throw new SettingsError(`${found.name} is not an address: give one such as http://host:5001, without ? and #.`);
}

/** RUNTIME_ variables that no setting reads. */
export function unknownNames(environment: Environment): string[] {
  const known = Object.entries(GROUPS).flatMap(([name, group]) => [`RUNTIME_${name}`, `RUNTIME_${group}_${name}`]);
  const isKnown = (name: string) => known.includes(name) || known.includes(name.replace(/_FILE$/, ""));
  return Object.keys(environment)
    .filter((name) => name.startsWith("RUNTIME_") && !isKnown(name))
    .sort();
}

function milliseconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return Number.NaN;
  const parts = text.matchAll(/([\d.]+)(ms|s|m|h|d)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit as string] as number), 0);
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
