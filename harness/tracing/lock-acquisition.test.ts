import { expect, test } from "vitest";
import { useAccountDatabases } from "../testing/lock-fixture.ts";
import { type LockingStatement, observeLockAcquisitions } from "./lock-acquisition.ts";
import { findDeadlocks, formatDeadlock } from "./lock-order.ts";

const accounts = useAccountDatabases();
const TABLES = ["account", "log"];

async function deadlocks(...actors: readonly LockingStatement[]): Promise<readonly string[]> {
  const database = await accounts(3);
  const session = await database.connect();
  const acquisitions = [];
  for (const actor of actors) {
    acquisitions.push(...(await observeLockAcquisitions(database, session, actor, TABLES)));
  }

  return findDeadlocks(acquisitions).map(formatDeadlock);
}

const accountFirst: LockingStatement = {
  name: "use",
  sql: "UPDATE account SET used = 1 WHERE id = 1; INSERT INTO log (account) VALUES (1)",
};

test("a table locked before the row is found against a row locked before the table", async () => {
  const logFirst: LockingStatement = {
    name: "report",
    sql: "LOCK TABLE log IN SHARE ROW EXCLUSIVE MODE; UPDATE account SET used = 2 WHERE id = 1",
  };

  expect(await deadlocks(accountFirst, logFirst)).toEqual([
    "use holds FOR NO KEY UPDATE on rows of account and waits for ROW EXCLUSIVE on log, while report holds SHARE ROW EXCLUSIVE on log and waits for FOR NO KEY UPDATE on rows of account",
  ]);
});

test("two runs that both strengthen a lock are found", async () => {
  const strengthens: LockingStatement = {
    name: "sum",
    sql: "LOCK TABLE log IN SHARE MODE; INSERT INTO log (said) VALUES ('x')",
  };

  expect(await deadlocks(strengthens)).toEqual([
    "sum holds SHARE on log and waits for ROW EXCLUSIVE on log, while another run of it holds SHARE on log and waits for ROW EXCLUSIVE on log",
  ]);
});

test("opposite orders of locks that go together, and equal orders, are none", async () => {
  const logFirst: LockingStatement = {
    name: "note",
    sql: "INSERT INTO log (account) VALUES (1); UPDATE account SET used = 2 WHERE id = 1",
  };

  expect(await deadlocks(accountFirst, logFirst, { ...accountFirst, name: "again" })).toEqual([]);
});

test("nothing is changed or left open, not even by what commits", async () => {
  const database = await accounts(3);
  const session = await database.connect();
  await session.query("SET lock_timeout = '3s'");
  const commits: LockingStatement = {
    name: "batch",
    sql: "DO $$BEGIN UPDATE account SET used = 9; INSERT INTO log (said) VALUES ('x'); COMMIT; END$$",
    nontransactional: true,
  };
  const acquisitions = [
    ...(await observeLockAcquisitions(database, session, accountFirst, TABLES)),
    ...(await observeLockAcquisitions(database, session, commits, ["account"])),
  ];

  expect(acquisitions.length).toBeGreaterThan(0);
  expect(await session.query("SELECT DISTINCT used FROM account")).toEqual([{ used: "0" }]);
  expect(await session.query("SELECT FROM log")).toEqual([]);
  expect(await session.query("SHOW lock_timeout")).toEqual([{ lock_timeout: "3s" }]);
  expect(await session.query("SELECT FROM pg_locks WHERE relation = 'account'::regclass")).toEqual([]);
});
