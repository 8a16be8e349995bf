import { hash } from "node:crypto";
import { ApiError } from "./errors";

/** Largest body taken, in bytes; a script's value of some megabytes must fit. */
export const BODY_LIMIT = 16 * 1024 * 1024;

/** How many keys are remembered at most; beyond it the oldest window is forgotten. */
const MAX_KEYS = 10_000;
const WINDOW_MS = 60_000;

/** Counts per key in windows of one minute that start with a key's first count. */
export class MinuteLimit {
  readonly #max: number;
  readonly #windows = new Map<string, { start: number; count: number }>();

  /** @param max counts a minute that are fine */
  constructor(max: number) {
    this.#max = max;
  }

  /** Counts once. Returns 0 if that is fine, else the whole seconds (1 to 60) until the key may go on. */
  count(key: string, now: number = Date.now()): number {
    const window = this.#windows.get(key);
    if (window === undefined || now - window.start >= WINDOW_MS) {
      // Deleted first, so that the map stays in order of the windows' starts.
      this.#windows.delete(key);
      this.#windows.set(key, { start: now, count: 1 });
      if (this.#windows.size > MAX_KEYS) forgetOldest(this.#windows);
      return 0;
    }
    window.count++;
    return window.count <= this.#max ? 0 : Math.ceil((window.start + WINDOW_MS - now) / 1000);
  }
}

/** Executions whose use is remembered at most, and keys of all of them together. */
const MAX_EXECUTIONS = 10_000;
const MAX_REMEMBERED_KEYS = 100_000;
/** A longer key is remembered by its hash. */
const MAX_KEY_LENGTH = 64;

/** What one execution may use of the service, so that it leaves enough for the others: bytes sent and keys written. */
export class ExecutionBudget {
  readonly #maxBytes: number;
  readonly #maxKeys: number;
  readonly #used = new Map<string, { bytes: number; readonly keys: Set<string> }>();
  #keys = 0;

  constructor(maxBytes: number, maxKeys: number) {
    this.#maxBytes = maxBytes;
    this.#maxKeys = maxKeys;
  }

  /** Counts a body; 413 if it is too much with those before it. */
  bytes(executionId: string, count: number): void {
    const used = this.#of(executionId);
    used.bytes += count;
    if (used.bytes <= this.#maxBytes) return;
    throw new ApiError(413, `This execution has sent more than ${this.#maxBytes} bytes: it may send no more.`);
  }

  /** Counts a key that is written; 413 if it is one too many. */
  key(executionId: string, key: string): void {
    const { keys } = this.#of(executionId);
    const name = key.length > MAX_KEY_LENGTH ? hash("sha256", key) : key;
    if (keys.has(name)) return;
    if (keys.size >= this.#maxKeys) {
      throw new ApiError(413, `This execution has written ${this.#maxKeys} variables: it may write no others.`);
    }
    keys.add(name);
    this.#keys++;
  }

  #of(executionId: string): { bytes: number; readonly keys: Set<string> } {
    const known = this.#used.get(executionId);
    if (known !== undefined) return known;
    while (this.#used.size >= MAX_EXECUTIONS || (this.#keys > MAX_REMEMBERED_KEYS && this.#used.size > 0)) {
      this.#keys -= forgetOldest(this.#used)?.keys.size ?? 0;
    }
    const used = { bytes: 0, keys: new Set<string>() };
    this.#used.set(executionId, used);
    return used;
  }
}

function forgetOldest<Value>(map: Map<string, Value>): Value | undefined {
  const [oldest] = map;
  if (oldest !== undefined) map.delete(oldest[0]);
  return oldest?.[1];
}
