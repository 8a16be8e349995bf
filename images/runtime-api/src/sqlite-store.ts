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
import { executionOwner, isoTime, ownerOf, rowOf, seconds, summary } from "./sqlite-rows";
import { SqliteWriter, storeError } from "./sqlite-writer";
import {
  type Caller,
  type Change,
  type ExecutionContext,
  ExecutionEnded,
  type ExecutionReport,
  type ExecutionSummary,
  type NewExecution,
  NotSupported,
  type Registry,
  type Store,
  StoreUnavailable,
} from "./store";

/** Expired executions that one transaction forgets: others do not wait long for it. */
const FORGOTTEN_AT_ONCE = 500;
/** Executions that are remembered. */
const REMEMBERED = 10_000;

/**
 * The embedded store. An execution that was not registered but whose token is valid is served all the same: it has no
 * input, its output and condition are kept, its variables are its user's.
 */
export class SqliteStore implements Store, Registry {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;
  readonly #writer: SqliteWriter;
  /** Executions as the database has them: each call asks for one, and only this process writes them. */
  readonly #executions = new Map<string, OwnerRow>();

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
    this.#writer = new SqliteWriter(this.#db);
  }

  async input(caller: Caller): Promise<JsonText | undefined> {
    return this.#read(() => {
      const row = this.#known(caller);
      const found = row && (this.#statements.input.get(row.id) as { input: JsonText | null } | undefined);
      return found?.input ?? undefined;
    });
  }

  async context(caller: Caller): Promise<ExecutionContext> {
    return this.#read(() => {
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
        metadata: (input === null ? "{}" : `{"input":${input}}`) as JsonText,
      };
    });
  }

  setOutput(caller: Caller, output: JsonText): Promise<void> {
    return this.#write(caller, (row, remember) => {
      remember();
      this.#statements.setOutput.run(output, row.id);
    });
  }

  setCondition(caller: Caller, condition: boolean): Promise<void> {
    return this.#write(caller, (row, remember) => {
      remember();
      this.#statements.setCondition.run(Number(condition), row.id);
    });
  }

  async variable(caller: Caller, key: string): Promise<JsonText | undefined> {
    return this.#read(() => this.#value(this.#known(caller) ?? rowOf(caller), jsonText(key)));
  }

  setVariable(caller: Caller, key: string, value: JsonText): Promise<void> {
    const name = jsonText(key);
    return this.#write(caller, (row, remember) => {
      remember();
      this.#set(row, name, value);
    });
  }

  async deleteVariable(caller: Caller, key: string): Promise<boolean> {
    return this.#write(caller, (row) => {
      return this.#statements.deleteVariable.run(ownerOf(row), jsonText(key)).changes === 1;
    });
  }

  changeVariable(caller: Caller, key: string, change: Change): Promise<JsonText | undefined> {
    const name = jsonText(key);
    return this.#write(caller, (row, remember) => {
      const value = change(this.#value(row, name));
      if (value === undefined) {
        this.#statements.deleteVariable.run(ownerOf(row), name);
      } else {
        remember();
        this.#set(row, name, value);
      }
      return value;
    });
  }

  async variableKeys(caller: Caller, after: string | undefined, limit: number): Promise<readonly string[]> {
    return this.#read(() => {
      const owner = ownerOf(this.#known(caller) ?? rowOf(caller));
      const start = after === undefined ? "" : jsonText(after);
      const rows = this.#statements.keys.all(owner, start, limit) as { key: string }[];
      return rows.map(({ key }) => JSON.parse(key) as string);
    });
  }

  async executeTool(): Promise<never> {
    throw new NotSupported("Tool actions are the backend's, and this runtime API has none: set its BACKEND_URL.");
  }

  /** A store that reads may still have no room to write: only writing tells. */
  async problems(): Promise<readonly string[]> {
    try {
      await this.#writer.write(() => this.#statements.touch.run(seconds()));
      return [];
    } catch (error) {
      return [`the database: ${(error as Error).message}`];
    }
  }

  async register(execution: NewExecution): Promise<void> {
    const { executionId, userId, jobId, eventId, input, expiresAt } = execution;
    await this.#writer.write(() => {
      this.#statements.addExecution.run(executionId, userId, jobId, eventId, 1, seconds(), expiresAt, input ?? null);
    });
  }

  async list(): Promise<readonly ExecutionSummary[]> {
    return this.#read(() => (this.#statements.list.all() as unknown as ExecutionRow[]).map(summary));
  }

  async show(executionId: string): Promise<ExecutionReport | undefined> {
    return this.#read(() => {
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

  expire(executionId: string): Promise<boolean> {
    return this.#writer.write(() => {
      const { changes } = this.#statements.end.run(executionId);
      this.#statements.forgetSet.run(executionId);
      this.#executions.delete(executionId);
      return changes === 1;
    });
  }

  /**
   * Forgets executions, with input, output, condition and variables that belong to no user, whose tokens expired
   * `keptSeconds` ago, and ended ones whose tokens have expired. Returns how many.
   */
  async forget(keptSeconds: number): Promise<number> {
    const now = seconds();
    for (let count = 0; ; ) {
      const forgotten = await this.#writer.write(() => {
        const rows = this.#statements.expired.all(now - keptSeconds, now, FORGOTTEN_AT_ONCE) as { id: string }[];
        for (const { id } of rows) {
          this.#statements.forgetExecution.run(id);
          this.#statements.forgetVariables.run(executionOwner(id));
          this.#executions.delete(id);
        }
        return rows.length;
      });
      count += forgotten;
      if (forgotten < FORGOTTEN_AT_ONCE) return count;
    }
  }

  async close(): Promise<void> {
    this.#writer.flush();
    this.#db.close();
  }

  #row(executionId: string): ExecutionRow | undefined {
    return this.#statements.execution.get(executionId) as unknown as ExecutionRow | undefined;
  }

  #data(row: OwnerRow): ExecutionData {
    return this.#statements.data.get(row.id) as unknown as ExecutionData;
  }

  #value(row: OwnerRow, name: JsonText): JsonText | undefined {
    return (this.#statements.variable.get(ownerOf(row), name) as { value: JsonText } | undefined)?.value;
  }

  #set(row: OwnerRow, name: JsonText, value: JsonText): void {
    this.#statements.setVariable.run(ownerOf(row), name, value);
    this.#statements.markSet.run(row.id, name);
  }

  /** Undefined for an execution that only its token knows so far. */
  #known({ executionId }: Caller): OwnerRow | undefined {
    const row = this.#executions.get(executionId) ?? this.#load(executionId);
    if (row?.ended) {
      throw new ExecutionEnded(`Execution ${executionId} was ended: its token is not valid any more.`);
    }
    return row;
  }

  #load(executionId: string): OwnerRow | undefined {
    const row = this.#statements.owner.get(executionId) as unknown as OwnerRow | undefined;
    // A transaction may still be undone, and what it wrote with it.
    if (row === undefined || this.#db.isTransaction) return row;
    this.#executions.set(executionId, row);
    const [oldest] = this.#executions.keys();
    if (this.#executions.size > REMEMBERED && oldest !== undefined) this.#executions.delete(oldest);
    return row;
  }

  /** @param work is called with the execution's row, which may not be in the database until it calls `remember` */
  #write<T>(caller: Caller, work: (row: OwnerRow, remember: () => void) => T): Promise<T> {
    return this.#writer.write(() => {
      const known = this.#known(caller);
      if (known !== undefined) return work(known, () => undefined);
      const row = rowOf(caller);
      return work(row, () => {
        const { id, user_id, job_id, event_id, started_at, expires_at } = row;
        this.#statements.addExecution.run(id, user_id, job_id, event_id, 0, started_at, expires_at, null);
      });
    });
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error);
    }
  }
}
