import type { Logger } from "pino";
import { JsonError, type JsonText } from "./json-text";
import { Mutex } from "./mutex";
import type { BackendSettings } from "./settings";
import { BackendFailed, StoreUnavailable } from "./store";
import { type Lock, Valkey, ValkeyUnavailable } from "./valkey";

/** How a write is done that has the key for itself. `signal` is aborted when it has not any more. */
type Exclusive<T> = (signal?: AbortSignal) => Promise<{ readonly result: T; readonly value: JsonText | undefined }>;

/** What one that does not know what came of it leaves the cache alone for, beyond the time that a try may take. */
const DOUBT_MS = 5_000;

/**
 * Reads and writes of the backend, with or without Valkey, so that what was acknowledged is what is read.
 *
 * With Valkey, a write holds the key's lock: reads, changes and writes of all replicas come one after the other. Without,
 * they do in this replica. If Valkey is away, reads ask the backend; a write is refused where there are other replicas
 * (they may still cache what it replaces), and where there are none goes on, its key being forgotten before the cache is
 * used again.
 */
export class SharedCache {
  readonly #settings: BackendSettings;
  readonly #mutex = new Mutex();
  #valkey: Valkey | undefined;
  /** Keys written without Valkey: what it still holds of them is old. */
  readonly #stale = new Set<string>();
  readonly #unlocked = new Set<Promise<unknown>>();
  #recovering: Promise<void> | undefined;

  private constructor(settings: BackendSettings) {
    this.#settings = settings;
  }

  static async open(settings: BackendSettings, log: Logger): Promise<SharedCache> {
    const cache = new SharedCache(settings);
    const { valkeyUrl, cacheTtlMs } = settings;
    if (valkeyUrl !== undefined) {
      cache.#valkey = await Valkey.open(valkeyUrl, cacheTtlMs, log, () => cache.#recover());
    }
    return cache;
  }

  /** What is wrong now. */
  problems(): readonly string[] {
    return this.#valkey === undefined || this.#valkey.usable ? [] : ["Valkey is not connected"];
  }

  /** @param parse throws JsonError at what this service cannot have cached: the backend is asked then */
  async read<T>(
    key: string,
    load: () => Promise<JsonText | undefined>,
    parse: (text: JsonText) => T,
  ): Promise<T | undefined> {
    const text = this.#valkey === undefined ? await load() : await this.#valkey.through(key, load);
    try {
      return text && parse(text);
    } catch (error) {
      if (!(error instanceof JsonError) || this.#valkey === undefined) throw error;
      const fresh = await load();
      return fresh && parse(fresh);
    }
  }

  /**
   * Writes a key alone.
   * @param atomic it must not be done while another replica may write too
   * @throws StoreUnavailable if that cannot be: nothing was written then
   */
  async write<T>(key: string, atomic: boolean, work: Exclusive<T>): Promise<T> {
    const others = this.#settings.replicas > 1;
    if (this.#valkey === undefined && others && atomic) {
      throw new StoreUnavailable("this is one step over several replicas only with Valkey (VALKEY_URL)");
    }
    const deadline = performance.now() + this.#settings.timeoutMs;
    return this.#mutex.run(key, async () => {
      await this.#recovering;
      if (this.#valkey === undefined) return (await work()).result;
      let lock: Lock | undefined;
      try {
        lock = await this.#valkey.lock(key, deadline);
      } catch (error) {
        if (!(error instanceof ValkeyUnavailable)) throw error;
        if (others) throw new StoreUnavailable(error.message);
        return this.#withoutLock(key, work);
      }
      if (lock === undefined)
        throw new StoreUnavailable("the variable is being written by others, too many to wait for");
      return this.#withLock(key, lock, work);
    });
  }

  close(): void {
    this.#valkey?.close();
  }

  async #withLock<T>(key: string, lock: Lock, work: Exclusive<T>): Promise<T> {
    try {
      const { result, value } = await work(lock.signal);
      await lock.release(value).catch((error: unknown) => this.#notForgotten(key, error));
      return result;
    } catch (error) {
      const inDoubt = error instanceof BackendFailed;
      const released = inDoubt ? lock.releaseInDoubt(this.#settings.timeoutMs + DOUBT_MS) : lock.release(undefined);
      await released.catch(() => this.#stale.add(key));
      throw error;
    }
  }

  async #withoutLock<T>(key: string, work: Exclusive<T>): Promise<T> {
    this.#stale.add(key);
    const running = work();
    this.#unlocked.add(running);
    try {
      return (await running).result;
    } finally {
      this.#unlocked.delete(running);
    }
  }

  /** Valkey went away during a write: others may read what it replaced, unless there are none. */
  #notForgotten(key: string, error: unknown): void {
    this.#stale.add(key);
    if (this.#settings.replicas > 1) throw new BackendFailed(`written, but not seen by all: ${String(error)}`, false);
  }

  /** Before the cache is used again: no write goes on without it, and what it holds of those that did is gone. */
  #recover(): Promise<void> {
    this.#recovering = (async () => {
      await Promise.allSettled(this.#unlocked);
      await this.#valkey?.forget([...this.#stale]);
      this.#stale.clear();
    })().finally(() => {
      this.#recovering = undefined;
    });
    return this.#recovering;
  }
}
