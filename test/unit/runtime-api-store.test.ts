import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { jsonText } from "../../images/runtime-api/src/json-text";
import { MIGRATIONS } from "../../images/runtime-api/src/migrations";
import { DATABASE } from "../../images/runtime-api/src/sqlite-database";
import { SqliteStore } from "../../images/runtime-api/src/sqlite-store";

const caller = { executionId: "e", userId: "u", jobId: "j", eventId: "v", expiresAt: Date.now() / 1000 + 60.5 };

describe("runtime-api: SQLite store", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cronium-store-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps everything over a restart", async () => {
    const first = new SqliteStore(folder);
    await first.register({ ...caller, expiresAt: 2_000_000_000, input: jsonText("in") });
    await first.setVariable(caller, "k", jsonText(1));
    await first.setOutput(caller, jsonText("out"));
    await first.setCondition(caller, false);
    await first.close();
    const second = new SqliteStore(folder);
    assert.equal(await second.input(caller), '"in"');
    assert.equal(await second.variable(caller, "k"), "1");
    const { startTime, ...report } = (await second.show("e")) ?? assert.fail();
    assert.ok(Math.abs(Date.parse(startTime) - Date.now()) < 5000);
    assert.deepEqual(report, {
      executionId: "e",
      userId: "u",
      jobId: "j",
      eventId: "v",
      registered: true,
      expiresAt: "2033-05-18T03:33:20.000Z",
      input: '"in"',
      output: '"out"',
      condition: false,
      variables: [{ key: "k", value: "1" }],
    });
    await second.close();
  });

  it("writes with WAL and synchronous FULL", async () => {
    const store = new SqliteStore(folder);
    await store.setVariable(caller, "k", jsonText(1));
    assert.ok(statSync(join(folder, `${DATABASE}-wal`)).size > 0);
    await store.close();
    const db = new DatabaseSync(join(folder, DATABASE));
    assert.deepEqual({ ...db.prepare("PRAGMA journal_mode").get() }, { journal_mode: "wal" });
    assert.deepEqual({ ...db.prepare("PRAGMA user_version").get() }, { user_version: MIGRATIONS.length });
    db.close();
  });

  it("lets the registered user decide whose the variables are", async () => {
    const store = new SqliteStore(undefined);
    await store.register({ ...caller, expiresAt: 2_000_000_000 });
    await store.setVariable({ ...caller, userId: "somebody else" }, "k", jsonText(1));
    assert.equal(await store.variable({ ...caller, executionId: "other" }, "k"), "1");
    await store.close();
  });

  it("shows the keys an execution set, with their values now, and not those of others", async () => {
    const store = new SqliteStore(undefined);
    const other = { ...caller, executionId: "other" };
    await store.setVariable(other, "theirs", jsonText(1));
    await store.setVariable(caller, "b", jsonText(1));
    await store.setVariable(caller, "a", jsonText(1));
    await store.setVariable(other, "a", jsonText(2));
    const report = await store.show("e");
    assert.deepEqual(report?.variables, [
      { key: "a", value: "2" },
      { key: "b", value: "1" },
    ]);
    await store.close();
  });

  it("ends an execution: calls are refused, its data is gone, the user's variables stay", async () => {
    const store = new SqliteStore(undefined);
    await store.register({ ...caller, expiresAt: 2_000_000_000, input: jsonText("in") });
    await store.setVariable(caller, "k", jsonText(1));
    assert.equal(await store.expire("e"), true);
    assert.equal(await store.expire("e"), false);
    assert.equal(await store.expire("never there"), false);
    assert.equal(await store.show("e"), undefined);
    assert.deepEqual(await store.list(), []);
    for (const call of [
      store.input(caller),
      store.context(caller),
      store.variable(caller, "k"),
      store.setVariable(caller, "k", jsonText(2)),
      store.setOutput(caller, jsonText(2)),
      store.setCondition(caller, true),
    ]) {
      await assert.rejects(call, { name: "ExecutionEnded" });
    }
    assert.equal(await store.variable({ ...caller, executionId: "other" }, "k"), "1");
    await store.close();
  });

  it("forgets an ended execution only after its token has expired", async () => {
    const store = new SqliteStore(undefined);
    await store.register({ ...caller, executionId: "old", expiresAt: 1 });
    await store.register({ ...caller, executionId: "new", expiresAt: 2_000_000_000 });
    await store.expire("old");
    await store.expire("new");
    assert.equal(await store.forget(2_000_000_000), 1);
    assert.equal(await store.input({ ...caller, executionId: "old" }), undefined);
    await assert.rejects(store.input({ ...caller, executionId: "new" }), { name: "ExecutionEnded" });
    await store.close();
  });

  it("forgets executions some time after their tokens expired, and what belongs to them alone", async () => {
    const store = new SqliteStore(undefined);
    const now = Math.floor(Date.now() / 1000);
    const of = (executionId: string, userId: string, expiresAt: number) => ({
      ...caller,
      executionId,
      userId,
      expiresAt,
    });
    const [old, older, young] = [of("old", "u", now - 50), of("older", "", now - 500), of("young", "", now - 50)];
    for (const one of [old, older, young]) await store.setVariable(one, "k", jsonText(1));
    assert.equal(await store.forget(100), 1);
    assert.deepEqual(
      (await store.list()).map(({ executionId }) => executionId),
      ["old", "young"],
    );
    assert.equal(await store.variable(older, "k"), undefined);
    assert.equal(await store.variable(young, "k"), "1");
    assert.equal(await store.forget(0), 2);
    assert.equal(await store.variable(old, "k"), "1");
    assert.equal(await store.variable(young, "k"), undefined);
    await store.close();
  });

  it("forgets many at once in several transactions", async () => {
    const store = new SqliteStore(undefined);
    const each = Array.from({ length: 1201 }, (_, n) => ({ ...caller, executionId: `e${n}`, expiresAt: 1 }));
    await Promise.all(each.map((one) => store.setCondition(one, true)));
    assert.equal(await store.forget(0), 1201);
    assert.deepEqual(await store.list(), []);
    await store.close();
  });

  it("commits what one turn asks for together, and fails only what cannot be written", async () => {
    const store = new SqliteStore(folder);
    const db = new DatabaseSync(join(folder, DATABASE));
    db.exec(`CREATE TRIGGER refuse BEFORE INSERT ON variables WHEN NEW.key = '"bad"'
      BEGIN SELECT RAISE(ABORT, 'refused'); END`);
    db.close();
    const keys = ["a", "bad", "b", "c"];
    const results = await Promise.allSettled([
      ...keys.map((key) => store.setVariable(caller, key, jsonText(key))),
      store.changeVariable(caller, "a", () => {
        throw new Error("changed its mind");
      }),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "fulfilled", "rejected"],
    );
    assert.deepEqual(await store.variableKeys(caller, undefined, 10), ["a", "b", "c"]);
    await store.close();
  });

  it("says what is wrong with it", async () => {
    const store = new SqliteStore(folder);
    assert.deepEqual(await store.problems(), []);
    const db = new DatabaseSync(join(folder, DATABASE));
    db.exec("BEGIN IMMEDIATE");
    assert.deepEqual(await store.problems(), ["the database: database is locked"]);
    db.exec("ROLLBACK");
    db.close();
    await store.close();
  });

  it("brings a database of the first version up to date, with all that is in it", async () => {
    const db = new DatabaseSync(join(folder, DATABASE));
    db.exec(`${MIGRATIONS[0]} PRAGMA user_version = 1; INSERT INTO variables VALUES ('user:u', '"k"', '1e400');`);
    db.close();
    const store = new SqliteStore(folder);
    assert.equal(await store.variable(caller, "k"), "1e400");
    assert.deepEqual(await store.problems(), []);
    await store.close();
  });

  it("undoes a write that fails half-way", async () => {
    const store = new SqliteStore(folder);
    const db = new DatabaseSync(join(folder, DATABASE));
    db.exec("CREATE TRIGGER refuse BEFORE INSERT ON variables_set BEGIN SELECT RAISE(ABORT, 'refused'); END");
    await assert.rejects(store.setVariable(caller, "k", jsonText(1)), { name: "StoreUnavailable", message: "refused" });
    db.exec("DROP TRIGGER refuse");
    db.close();
    assert.equal(await store.variable(caller, "k"), undefined);
    await store.setVariable(caller, "k", jsonText(2));
    assert.equal(await store.variable(caller, "k"), "2");
    await store.close();
  });

  it("refuses a folder that is not there, a file that is no database and a schema of a newer version", () => {
    assert.throws(() => new SqliteStore(join(folder, "nowhere")), {
      name: "StoreUnavailable",
      message: /nowhere.*cannot be opened/,
    });
    writeFileSync(join(folder, DATABASE), "not a database, and longer than a header of one hundred bytes".repeat(5));
    assert.throws(() => new SqliteStore(folder), { message: /file is not a database/ });
    rmSync(join(folder, DATABASE));
    const db = new DatabaseSync(join(folder, DATABASE));
    db.exec("PRAGMA user_version = 99");
    db.close();
    assert.throws(() => new SqliteStore(folder), { message: /schema 99.*run the newer runtime API/ });
  });
});
