import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type JsonText, jsonText } from "./json-text";
import {
  DATABASE,
  type ExecutionData,
  type ExecutionRow,
  type OwnerRow,
  openDatabase,
  prepareStatements,
  type Statements,
} from "./sqlite-database";
import {
  type Caller,
  type ExecutionContext,
  ExecutionEnded,
  type ExecutionReport,
  type ExecutionSummary,
  type NewExecution,
  type Registry,
  type Store,
  StoreUnavailable,
} from "./store";

/**
 * The embedded store. An execution that was not registered but whose token is valid is served all the same: it has no
 * input, its output and condition are kept, its variables are its user's.
 */
export class SqliteStore implements Store, Registry {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  /**
   * Opens, or makes, the database and brings its schema up to date.
   * @param dataDir its folder, which must exist; undefined for one in memory
   * @throws StoreUnavailable if it cannot be opened, naming the folder
   */
  constructor(dataDir: string | undefined) {
    const file = dataDir === undefined ? ":memory:" : join(dataDir, DATABASE);
    try {
      this.#db = openDatabase(file);
    } catch (error) {
      throw new StoreUnavailable(`${file} cannot be opened: ${(error as Error).message}`);
    }
    this.#statements = prepareStatements(this.#db);
  }

  async input(caller: Caller): Promise<JsonText | undefined> {
    return this.#try(() => {
      const row = this.#known(caller);
      return row === undefined ? undefined : (this.#data(row).input ?? undefined);
    });
  }

  async context(caller: Caller): Promise<ExecutionContext> {
    return this.#try(() => {
      this.#known(caller);
      const known = this.#row(caller.executionId);
      const row = known ?? rowOf(caller);
      const input = known === undefined ? null : this.#data(known).input;
      return {
        executionId: row.id,
        jobId: row.job_id,
        eventId: row.event_id,
        eventName: "",
        eventType: "",
        userId: row.user_id,
        startTime: isoTime(row.started_at),
        metadata: input === null ? {} : { input },
      };
    });
  }

  async variable(caller: Caller, key: string): Promise<JsonText | undefined> {
    return this.#try(() => {
      const owner = ownerOf(this.#known(caller) ?? rowOf(caller));
      const row = this.#statements.variable.get(owner, jsonText(key)) as { value: JsonText } | undefined;
      return row?.value;
    });
  }

  async setVariable(caller: Caller, key: string, value: JsonText): Promise<void> {
    this.#write(caller, (row) => {
      this.#statements.setVariable.run(ownerOf(row), jsonText(key), value);
      this.#statements.markSet.run(row.id, jsonText(key));
    });
  }

  async setOutput(caller: Caller, output: JsonText): Promise<void> {
    this.#write(caller, (row) => this.#statements.setOutput.run(output, row.id));
  }

  async setCondition(caller: Caller, condition: boolean): Promise<void> {
    this.#write(caller, (row) => this.#statements.setCondition.run(Number(condition), row.id));
  }

  async register(execution: NewExecution): Promise<void> {
    const { executionId, userId, jobId, eventId, input, expiresAt } = execution;
    const now = seconds();
    this.#transaction(() => {
      this.#statements.forgetEnded.run(now);
      this.#statements.addExecution.run(executionId, userId, jobId, eventId, 1, now, expiresAt, input ?? null);
    });
  }

  async list(): Promise<readonly ExecutionSummary[]> {
    return this.#try(() => (this.#statements.list.all() as unknown as ExecutionRow[]).map(summary));
  }

  async show(executionId: string): Promise<ExecutionReport | undefined> {
    return this.#try(() => {
      const row = this.#row(executionId);
      if (row === undefined || row.ended) return undefined;
      const data = this.#data(row);
      const set = this.#statements.variablesSet.all(ownerOf(row), row.id) as { key: string; value: JsonText }[];
      return {
        ...summary(row),
        ...(data.input !== null && { input: data.input }),
        ...(data.output !== null && { output: data.output }),
        condition: data.condition === null ? null : data.condition === 1,
        variables: set.map(({ key, value }) => ({ key: JSON.parse(key) as string, value })),
      };
    });
  }

  async expire(executionId: string): Promise<boolean> {
    return this.#transaction(() => {
      const { changes } = this.#statements.end.run(executionId);
      this.#statements.forgetSet.run(executionId);
      return changes === 1;
    });
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #row(executionId: string): ExecutionRow | undefined {
    return this.#statements.execution.get(executionId) as unknown as ExecutionRow | undefined;
  }

  #data(row: OwnerRow): ExecutionData {
    return this.#statements.data.get(row.id) as unknown as ExecutionData;
  }

  /** Undefined for an execution that only its token knows so far. */
  #known(caller: Caller): OwnerRow | undefined {
    const row = this.#statements.owner.get(caller.executionId) as unknown as OwnerRow | undefined;
    if (row?.ended) {
      throw new ExecutionEnded(`Execution ${caller.executionId} was ended: its token is not valid any more.`);
    }
    return row;
  }

  #write(caller: Caller, change: (row: OwnerRow) => void): void {
    this.#transaction(() => {
      const row = this.#known(caller) ?? this.#remember(caller);
      change(row);
    });
  }

  #remember(caller: Caller): ExecutionRow {
    const row = rowOf(caller);
    const { id, user_id, job_id, event_id, started_at, expires_at } = row;
    this.#statements.addExecution.run(id, user_id, job_id, event_id, 0, started_at, expires_at, null);
    return row;
  }

  /** All or nothing, durable when it returns. */
  #transaction<T>(work: () => T): T {
    return this.#try(() => {
      this.#db.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        this.#db.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk may have rolled it back already.
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_SQLITE_ERROR") throw error;
      throw new StoreUnavailable((error as Error).message);
    }
  }
}

/** A token without a user gets variables of its own: nobody's variables would be everybody's. */
function ownerOf(row: OwnerRow): string {
  return row.user_id === "" ? `execution:${row.id}` : `user:${row.user_id}`;
}

/** The row of an execution that only its token made known. */
function rowOf(caller: Caller): ExecutionRow {
  return {
    id: caller.executionId,
    user_id: caller.userId,
    job_id: caller.jobId,
    event_id: caller.eventId,
    registered: 0,
    ended: 0,
    started_at: wholeSeconds(caller.issuedAt ?? seconds()),
    expires_at: wholeSeconds(caller.expiresAt),
  };
}

function summary(row: ExecutionRow): ExecutionSummary {
  return {
    executionId: row.id,
    userId: row.user_id,
    jobId: row.job_id,
    eventId: row.event_id,
    registered: row.registered === 1,
    startTime: isoTime(row.started_at),
    expiresAt: isoTime(row.expires_at),
  };
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The last moment a Date holds, in seconds. */
const LAST_SECOND = 8.64e12;

/** A token's time may be a fraction or absurdly far; STRICT columns and dates take neither. */
function wholeSeconds(time: number): number {
  return Math.floor(Math.min(Math.max(time, 0), LAST_SECOND));
}

function isoTime(time: number): string {
  return new Date(time * 1000).toISOString();
}
