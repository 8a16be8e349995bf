import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { JsonText } from "./json-text";
import { MIGRATIONS } from "./migrations";

/** Name of the database in its folder. */
export const DATABASE = "runtime-api.sqlite";

/** What every call needs to know of an execution. */
export interface OwnerRow {
  id: string;
  user_id: string;
  ended: number;
}

/** What identifies an execution. Times are seconds since 1970. */
export interface ExecutionRow extends OwnerRow {
  job_id: string;
  event_id: string;
  registered: number;
  started_at: number;
  expires_at: number;
}

/** What an execution was given and gave back: apart, for it may be megabytes and few calls want it. */
export interface ExecutionData {
  input: JsonText | null;
  output: JsonText | null;
  condition: number | null;
}

export type Statements = ReturnType<typeof prepareStatements>;

/** Opens, or makes, a database, writing durably, with its schema up to date. */
export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: 1000, enableForeignKeyConstraints: true });
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const IDENTITY = "id, user_id, job_id, event_id, registered, ended, started_at, expires_at";

/** All that is ever asked of the database. */
export function prepareStatements(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  return {
    owner: sql("SELECT id, user_id, ended FROM executions WHERE id = ?"),
    execution: sql(`SELECT ${IDENTITY} FROM executions WHERE id = ?`),
    input: sql("SELECT input FROM executions WHERE id = ?"),
    data: sql("SELECT input, output, condition FROM executions WHERE id = ?"),
    list: sql(`SELECT ${IDENTITY} FROM executions WHERE NOT ended ORDER BY started_at, id`),
    addExecution: sql(
      "INSERT INTO executions (id, user_id, job_id, event_id, registered, started_at, expires_at, input)" +
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    setOutput: sql("UPDATE executions SET output = ? WHERE id = ?"),
    setCondition: sql("UPDATE executions SET condition = ? WHERE id = ?"),
    end: sql(
      "UPDATE executions SET ended = 1, input = NULL, output = NULL, condition = NULL WHERE id = ? AND NOT ended",
    ),
    // An ended execution is remembered until its token has expired: it must not come back as one never seen.
    expired: sql("SELECT id FROM executions WHERE expires_at <= ? OR (ended AND expires_at <= ?) LIMIT ?"),
    forgetExecution: sql("DELETE FROM executions WHERE id = ?"),
    forgetVariables: sql("DELETE FROM variables WHERE owner = ?"),
    touch: sql("UPDATE probe SET at = ?"),
    variable: sql("SELECT value FROM variables WHERE owner = ? AND key = ?"),
    setVariable: sql(
      "INSERT INTO variables (owner, key, value) VALUES (?, ?, ?)" +
        " ON CONFLICT (owner, key) DO UPDATE SET value = excluded.value",
    ),
    deleteVariable: sql("DELETE FROM variables WHERE owner = ? AND key = ?"),
    keys: sql("SELECT key FROM variables WHERE owner = ? AND key > ? ORDER BY key LIMIT ?"),
    markSet: sql("INSERT OR IGNORE INTO variables_set (execution_id, key) VALUES (?, ?)"),
    variablesSet: sql(
      "SELECT key, value FROM variables_set JOIN variables USING (key)" +
        " WHERE owner = ? AND execution_id = ? ORDER BY key",
    ),
    forgetSet: sql("DELETE FROM variables_set WHERE execution_id = ?"),
  };
}

function migrate(db: DatabaseSync): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > MIGRATIONS.length) {
    throw new Error(`it is of schema ${version}, this version knows ${MIGRATIONS.length}: run the newer runtime API`);
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index >= version) db.exec(`BEGIN; ${step} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
