/**
 * The database's schema, one step a version (`PRAGMA user_version`). Steps are only ever added: a step that was
 * released is never changed.
 */
export const MIGRATIONS: readonly string[] = [
  // Keys and values are JSON texts, so that no value is altered and a key may hold a NUL, at which SQLite's text ends.
  // `owner` says whose the variables are: `user:<id>`, or `execution:<id>` where a token names no user.
  `
  CREATE TABLE executions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    registered INTEGER NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    input TEXT,
    output TEXT,
    condition INTEGER
  ) STRICT;
  CREATE TABLE variables (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, key)
  ) STRICT;
  CREATE TABLE variables_set (
    execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    PRIMARY KEY (execution_id, key)
  ) STRICT, WITHOUT ROWID;
  `,
  // What has expired is looked for every hour. `probe` is what the readiness check writes to.
  `
  CREATE INDEX executions_by_expiry ON executions (expires_at);
  CREATE TABLE probe (at INTEGER NOT NULL) STRICT;
  INSERT INTO probe VALUES (0);
  `,
];
