import type { DatabaseSync } from "node:sqlite";
import { commitSeconds, commitWrites, storeFailures } from "./metrics";
import { StoreUnavailable } from "./store";

interface Job {
  readonly work: () => unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes to a database: what is asked for in one turn of the event loop is committed, and so flushed to the disk, as one
 * transaction, in the order of the calls. Work that throws has to throw before it writes: nothing of it is undone.
 */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  #jobs: Job[] = [];

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Resolves when the work is on the disk; StoreUnavailable if it cannot be. */
  write<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#jobs.length === 0) setImmediate(() => this.flush());
      this.#jobs.push({ work, resolve: resolve as Job["resolve"], reject });
    });
  }

  /** Commits what was asked for so far. */
  flush(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length > 0) this.#commit(jobs);
  }

  #commit(jobs: readonly Job[]): void {
    const settle: (() => void)[] = [];
    const end = commitSeconds.startTimer();
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      for (const { work, resolve, reject } of jobs) {
        try {
          const result = work();
          settle.push(() => resolve(result));
        } catch (error) {
          if (isSqliteError(error)) throw error;
          settle.push(() => reject(error));
        }
      }
      this.#db.exec("COMMIT");
      end();
      commitWrites.inc(jobs.length);
    } catch (error) {
      storeFailures.inc();
      // A full disk may have rolled it back already.
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec("ROLLBACK");
      // One that is too large for the disk does not make the others fail.
      if (jobs.length > 1) for (const job of jobs) this.#commit([job]);
      else for (const { reject } of jobs) reject(storeError(error));
      return;
    }
    for (const one of settle) one();
  }
}

export function isSqliteError(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ERR_SQLITE_ERROR";
}

/** An error of the database as the store's; any other is what it was. */
export function storeError(error: unknown): unknown {
  return isSqliteError(error) ? new StoreUnavailable((error as Error).message) : error;
}
