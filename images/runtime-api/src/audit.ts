import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { BackendClient } from "./backend-client";
import { auditDropped, auditWaiting } from "./metrics";
import { SqliteWriter } from "./sqlite-writer";

/** Records that wait at most; what is more is dropped, counted and said. */
const MAX_WAITING = 100_000;
const MAX_WAITING_IN_MEMORY = 10_000;
const SENT_AT_ONCE = 8;
const MAX_PAUSE_MS = 30_000;

interface Waiting {
  readonly id: number;
  readonly executionId: string;
  readonly body: string;
}

/** Where records wait for the backend. */
interface Outbox {
  add(executionId: string, body: string): Promise<void>;
  first(count: number): Waiting[];
  remove(ids: readonly number[]): Promise<void>;
  size(): number;
  /** Keeps what was added until now. */
  flush(): void;
  close(): void;
}

/**
 * What jobs did, for the backend's audit log: a record outlives the request that made it, an outage of the backend, and,
 * where there is a data folder, the service itself. It may arrive twice, if the backend's answer is lost.
 */
export class Audit {
  readonly #client: BackendClient;
  readonly #outbox: Outbox;
  readonly #log: Logger;
  /** No pauses any more, then no calls. */
  readonly #hurry = new AbortController();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  /** @param dataDir where records wait; in memory without it */
  constructor(client: BackendClient, dataDir: string | undefined, log: Logger) {
    this.#client = client;
    this.#log = log;
    this.#outbox = dataDir === undefined ? new MemoryOutbox() : new DiskOutbox(join(dataDir, "audit.sqlite"));
    this.#wake();
  }

  record(executionId: string, action: string, details: Readonly<Record<string, unknown>>): void {
    const timestamp = new Date().toISOString();
    const body = JSON.stringify({ executionId, action, metadata: details, details, timestamp });
    this.#outbox.add(executionId, body).then(
      () => this.#wake(),
      (error: Error) => {
        auditDropped.inc();
        this.#log.error({ reason: error.message }, "audit record dropped");
      },
    );
  }

  /** Sends what waits, for at most `limitMs`; what a memory still holds then is lost, and said. */
  async close(limitMs: number): Promise<void> {
    this.#outbox.flush();
    this.#hurry.abort();
    this.#wake();
    await Promise.race([this.#running, delay(limitMs, undefined, { ref: false })]);
    this.#stop.abort();
    await this.#running;
    const waiting = this.#outbox.size();
    if (waiting > 0) this.#log.warn({ waiting }, "audit records were not taken by the backend");
    this.#outbox.close();
  }

  #wake(): void {
    auditWaiting.set(this.#outbox.size());
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    let pauseMs = 0;
    while (!this.#stop.signal.aborted && this.#outbox.size() > 0) {
      if (await this.#sendFirst()) {
        pauseMs = 0;
        continue;
      }
      if (this.#hurry.signal.aborted) break;
      pauseMs = Math.min(Math.max(pauseMs * 2, 500), MAX_PAUSE_MS);
      await delay(pauseMs, undefined, { signal: this.#hurry.signal, ref: false }).catch(() => undefined);
    }
    auditWaiting.set(this.#outbox.size());
  }

  /** False if the backend takes none now. One that it refuses for good is dropped. */
  async #sendFirst(): Promise<boolean> {
    const records = this.#outbox.first(SENT_AT_ONCE);
    const results = await Promise.all(records.map((record) => this.#send(record)));
    const done = records.filter((_record, index) => results[index]);
    await this.#outbox.remove(done.map(({ id }) => id));
    return done.length > 0;
  }

  async #send({ executionId, body }: Waiting): Promise<boolean> {
    const path = ["api", "internal", "audit"];
    try {
      await this.#client.call({ name: "audit", method: "POST", path, executionId, body, signal: this.#stop.signal });
      return true;
    } catch (error) {
      const { status } = error as { status?: number };
      const refused = status === 400 || status === 413 || status === 422;
      if (refused) {
        auditDropped.inc();
        this.#log.error({ status }, "audit record refused by the backend");
      }
      return refused;
    }
  }
}

class MemoryOutbox implements Outbox {
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  async add(executionId: string, body: string): Promise<void> {
    if (this.#waiting.size >= MAX_WAITING_IN_MEMORY) throw new Error(`${MAX_WAITING_IN_MEMORY} records wait already`);
    const id = this.#next++;
    this.#waiting.set(id, { id, executionId, body });
  }

  first(count: number): Waiting[] {
    const waiting: Waiting[] = [];
    for (const one of this.#waiting.values()) if (waiting.push(one) === count) break;
    return waiting;
  }

  async remove(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.#waiting.delete(id);
  }

  size(): number {
    return this.#waiting.size;
  }

  flush(): void {}

  close(): void {}
}

class DiskOutbox implements Outbox {
  readonly #db: DatabaseSync;
  readonly #writer: SqliteWriter;
  #size: number;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 1000 });
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, execution TEXT NOT NULL, body TEXT NOT NULL) STRICT;`);
    this.#writer = new SqliteWriter(this.#db);
    const { size } = this.#db.prepare("SELECT COUNT(*) AS size FROM outbox").get() as { size: number };
    this.#size = size;
  }

  async add(executionId: string, body: string): Promise<void> {
    if (this.#size >= MAX_WAITING) throw new Error(`${MAX_WAITING} records wait already`);
    const add = this.#db.prepare("INSERT INTO outbox (execution, body) VALUES (?, ?)");
    this.#size++;
    await this.#writer
      .write(() => add.run(executionId, body))
      .catch((error: unknown) => {
        this.#size--;
        throw error;
      });
  }

  first(count: number): Waiting[] {
    const rows = this.#db
      .prepare("SELECT id, execution AS executionId, body FROM outbox ORDER BY id LIMIT ?")
      .all(count);
    return rows as unknown as Waiting[];
  }

  async remove(ids: readonly number[]): Promise<void> {
    if (ids.length === 0) return;
    const remove = this.#db.prepare("DELETE FROM outbox WHERE id = ?");
    await this.#writer.write(() => {
      for (const id of ids) remove.run(id);
    });
    this.#size -= ids.length;
  }

  size(): number {
    return this.#size;
  }

  flush(): void {
    this.#writer.flush();
  }

  close(): void {
    this.flush();
    this.#db.close();
  }
}
