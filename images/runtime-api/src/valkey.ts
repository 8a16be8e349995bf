import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Redis, RedisOptions } from "iovalkey";
import type { Logger } from "pino";
import type { JsonText } from "./json-text";
import { cacheReads } from "./metrics";

/**
 * A lock is held for this long without being renewed; a server that started less than this ago may have lost one that
 * somebody still relies on, so none is given until then.
 */
const LOCK_MS = 3_000;
const RENEWAL_MS = 1_000;
/** How long a reader may take from asking the backend to filling the cache. */
const LEASE_MS = 60_000;
const COMMAND_TIMEOUT_MS = 1_000;
const MAX_RECONNECT_MS = 1_000;

/** Valkey is away: what needs it cannot be done, what does not goes on without. */
export class ValkeyUnavailable extends Error {
  override name = "ValkeyUnavailable";
}

/** What somebody holds of a key while nobody else may write it, and nobody may cache it. */
export interface Lock {
  /** Aborted once it is not certain any more that it is held. */
  readonly signal: AbortSignal;
  /** @param value what was written, to be read from the cache; undefined to have it read from the backend */
  release(value: JsonText | undefined): Promise<void>;
  /** What was written is not known: nobody caches the key until that is over. */
  releaseInDoubt(doubtMs: number): Promise<void>;
}

/**
 * The cache that replicas share, and their locks. A value is cached by a reader only if nobody has written it, or holds
 * its lock, since the reader asked (a lease says so), and a writer holds the lock from before the backend is written
 * until after: no reader ever finds a value older than the last one acknowledged.
 */
export class Valkey {
  readonly #client: Commands;
  readonly #ttlMs: number;
  readonly #log: Logger;
  #usable = false;
  #locksFrom = 0;
  readonly #recover: () => Promise<void>;

  private constructor(client: Commands, ttlMs: number, log: Logger, recover: () => Promise<void>) {
    this.#client = client;
    this.#ttlMs = ttlMs;
    this.#log = log;
    this.#recover = recover;
    client.on("ready", () => void this.#connected());
    client.on("close", () => this.#lost());
    // Said by #lost; without a listener it would be printed.
    client.on("error", () => undefined);
  }

  /**
   * Connects in the background, again and again.
   * @param recover is awaited after each new connection, before what is cached is read again
   */
  static async open(url: string, ttlMs: number, log: Logger, recover: () => Promise<void>): Promise<Valkey> {
    // Loaded only where it is used: it is a tenth of the memory of a service that has no Valkey.
    const { Redis } = await import("iovalkey");
    return new Valkey(new Redis(url, OPTIONS) as unknown as Commands, ttlMs, log, recover);
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** Reads a key through the cache; without Valkey, what `load` says. */
  async through(key: string, load: () => Promise<JsonText | undefined>): Promise<JsonText | undefined> {
    const lease = randomUUID();
    let state: Awaited<ReturnType<Valkey["lookUp"]>>;
    try {
      state = await this.lookUp(key, lease);
    } catch {
      cacheReads.inc({ result: "unavailable" });
      return load();
    }
    if (typeof state === "string") {
      cacheReads.inc({ result: "hit" });
      return state as JsonText;
    }
    cacheReads.inc({ result: "miss" });
    const value = await load();
    if (state && value !== undefined && value.length <= MAX_CACHED) {
      await this.#do(() => this.#client.fill(key, leaseOf(key), lockOf(key), lease, value, this.#ttlMs)).catch(
        () => undefined,
      );
    }
    return value;
  }

  /** The value; else whether what is loaded now may be cached. */
  private async lookUp(key: string, lease: string): Promise<string | boolean> {
    const value = await this.#do(() => this.#client.get(key));
    if (value !== null) return value;
    return (await this.#do(() => this.#client.lease(key, leaseOf(key), lockOf(key), lease, LEASE_MS))) === 1;
  }

  /** Waits for a key's lock until `deadline` (ms of performance.now()); undefined if it was not free until then. */
  async lock(key: string, deadline: number): Promise<Lock | undefined> {
    const id = randomUUID();
    for (let pause = 2; ; pause = Math.min(pause * 2, 40)) {
      const young = this.#locksFrom - performance.now();
      const started = performance.now();
      if (young <= 0) {
        const got = await this.#do(() => this.#client.lock(lockOf(key), key, leaseOf(key), id, LOCK_MS));
        if (got === 1) return this.#held(key, id, started);
      } else if (!this.#usable) throw new ValkeyUnavailable("Valkey is not connected");
      const wait = Math.max(young, pause * (0.5 + Math.random()));
      if (performance.now() + wait > deadline) return undefined;
      await delay(wait);
    }
  }

  /** Forgets keys, whoever cached them. */
  async forget(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += 1000) {
      const some = keys.slice(at, at + 1000);
      await this.#client.del(...some, ...some.map(leaseOf));
    }
  }

  close(): void {
    this.#client.disconnect();
  }

  #held(key: string, id: string, started: number): Lock {
    const lost = new AbortController();
    let until = started + LOCK_MS;
    const renewal = setInterval(() => {
      const asked = performance.now();
      if (asked + RENEWAL_MS >= until) lost.abort();
      this.#do(() => this.#client.renew(lockOf(key), id, LOCK_MS)).then(
        (held) => {
          until = held === 1 ? asked + LOCK_MS : 0;
        },
        () => undefined,
      );
    }, RENEWAL_MS);
    return {
      signal: lost.signal,
      release: async (value) => {
        clearInterval(renewal);
        const cached = value === undefined || value.length > MAX_CACHED ? "" : value;
        await this.#do(() => this.#client.release(lockOf(key), key, leaseOf(key), id, cached, this.#ttlMs));
      },
      releaseInDoubt: async (doubtMs) => {
        clearInterval(renewal);
        await this.#do(() => this.#client.doubt(lockOf(key), key, leaseOf(key), id, doubtMs));
      },
    };
  }

  async #do<T>(command: () => Promise<T>): Promise<T> {
    if (!this.#usable) throw new ValkeyUnavailable("Valkey is not connected");
    try {
      return await command();
    } catch (error) {
      const { message } = error as Error;
      // A server that hangs is one that is away: each command would wait for it.
      if (message === "Command timed out") this.#reconnect();
      throw new ValkeyUnavailable(`Valkey failed: ${message}`);
    }
  }

  async #connected(): Promise<void> {
    try {
      const info = await this.#client.info("server");
      const uptimeMs = Number(/uptime_in_seconds:(\d+)/.exec(info)?.[1] ?? 0) * 1000;
      this.#locksFrom = performance.now() + Math.max(0, LOCK_MS - uptimeMs);
      await this.#recover();
      this.#usable = this.#client.status === "ready";
      if (this.#usable) this.#log.info("Valkey is connected");
    } catch (error) {
      this.#log.warn({ reason: (error as Error).message }, "Valkey cannot be used");
      this.#reconnect();
    }
  }

  /** Not with disconnect(), which waits for the server to close its side. */
  #reconnect(): void {
    this.#lost();
    this.#client.stream.destroy();
  }

  #lost(): void {
    if (this.#usable) this.#log.warn("Valkey is away: the backend is asked instead");
    this.#usable = false;
  }
}

const SCRIPTS = {
  lease: {
    numberOfKeys: 3,
    lua: `if redis.call('EXISTS', KEYS[1], KEYS[3]) > 0 or redis.call('GET', KEYS[2]) == 'doubt' then return 0 end
      redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
      return 1`,
  },
  fill: {
    numberOfKeys: 3,
    lua: `if redis.call('GET', KEYS[2]) ~= ARGV[1] or redis.call('EXISTS', KEYS[3]) > 0 then return 0 end
      redis.call('DEL', KEYS[2])
      redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
      return 1`,
  },
  lock: {
    numberOfKeys: 3,
    lua: `if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
      redis.call('DEL', KEYS[2])
      if redis.call('GET', KEYS[3]) ~= 'doubt' then redis.call('DEL', KEYS[3]) end
      return 1`,
  },
  renew: {
    numberOfKeys: 1,
    lua: `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  },
  release: {
    numberOfKeys: 3,
    lua: `redis.call('DEL', KEYS[2])
      local doubt = redis.call('GET', KEYS[3]) == 'doubt'
      if not doubt then redis.call('DEL', KEYS[3]) end
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      redis.call('DEL', KEYS[1])
      if ARGV[2] ~= '' and not doubt then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
      return 1`,
  },
  doubt: {
    numberOfKeys: 3,
    lua: `redis.call('DEL', KEYS[2])
      redis.call('SET', KEYS[3], 'doubt', 'PX', ARGV[2])
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
      return redis.call('DEL', KEYS[1])`,
  },
};

const OPTIONS: RedisOptions = {
  enableOfflineQueue: false,
  enableAutoPipelining: true,
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
  commandTimeout: COMMAND_TIMEOUT_MS,
  retryStrategy: (tried: number) => Math.min(50 * 2 ** Math.min(tried, 6), MAX_RECONNECT_MS),
  scripts: SCRIPTS,
};

/** Largest value that is cached, in characters: a few of more would be all that the cache holds. */
const MAX_CACHED = 1024 * 1024;

function lockOf(key: string): string {
  return `lock:${key}`;
}

function leaseOf(key: string): string {
  return `lease:${key}`;
}

type Commands = Pick<Redis, "get" | "del" | "info" | "disconnect" | "status"> & {
  readonly stream: Duplex;
  on(event: string, listener: (error: Error) => void): void;
  lease(key: string, lease: string, lock: string, id: string, ms: number): Promise<number>;
  fill(key: string, lease: string, lock: string, id: string, value: string, ms: number): Promise<number>;
  lock(lock: string, key: string, lease: string, id: string, ms: number): Promise<number>;
  renew(lock: string, id: string, ms: number): Promise<number>;
  release(lock: string, key: string, lease: string, id: string, value: string, ms: number): Promise<number>;
  doubt(lock: string, key: string, lease: string, id: string, ms: number): Promise<number>;
};
