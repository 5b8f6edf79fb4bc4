import { expect, test } from "vitest";
import { onServer } from "../testing/lock-fixture.ts";
import { type Actor, observeMoments } from "./lock-acquisition.ts";
import { cyclesAmong, tellCycle } from "./lock-order.ts";

const accounts = onServer();
const TABLES = ["account", "log"];

async function cycles(...actors: readonly Actor[]): Promise<readonly string[]> {
  const database = await accounts(3);
  const session = await database.connect();
  const moments = [];
  for (const actor of actors) {
    moments.push(...(await observeMoments(database, session, actor, TABLES)));
  }

  return cyclesAmong(moments).map(tellCycle);
}

const accountFirst: Actor = {
  name: "use",
  sql: "UPDATE account SET used = 1 WHERE id = 1; INSERT INTO log (account) VALUES (1)",
};

test("a table locked before the row is found against a row locked before the table", async () => {
  const logFirst: Actor = {
    name: "report",
    sql: "LOCK TABLE log IN SHARE ROW EXCLUSIVE MODE; UPDATE account SET used = 2 WHERE id = 1",
  };

  expect(await cycles(accountFirst, logFirst)).toEqual([
    "use holds FOR NO KEY UPDATE on rows of account and waits for ROW EXCLUSIVE on log, while report holds SHARE ROW EXCLUSIVE on log and waits for FOR NO KEY UPDATE on rows of account",
  ]);
});

test("two runs that both strengthen a lock are found", async () => {
  const strengthens: Actor = {
    name: "sum",
    sql: "LOCK TABLE log IN SHARE MODE; INSERT INTO log (said) VALUES ('x')",
  };

  expect(await cycles(strengthens)).toEqual([
    "sum holds SHARE on log and waits for ROW EXCLUSIVE on log, while another run of it holds SHARE on log and waits for ROW EXCLUSIVE on log",
  ]);
});

test("opposite orders of locks that go together, and equal orders, are none", async () => {
  const logFirst: Actor = {
    name: "note",
    sql: "INSERT INTO log (account) VALUES (1); UPDATE account SET used = 2 WHERE id = 1",
  };

  expect(await cycles(accountFirst, logFirst, { ...accountFirst, name: "again" })).toEqual([]);
});

test("nothing is changed or left open, not even by what commits", async () => {
  const database = await accounts(3);
  const session = await database.connect();
  await session.query("SET lock_timeout = '3s'");
  const commits: Actor = {
    name: "batch",
    sql: "DO $$BEGIN UPDATE account SET used = 9; INSERT INTO log (said) VALUES ('x'); COMMIT; END$$",
    outside: true,
  };
  const moments = [
    ...(await observeMoments(database, session, accountFirst, TABLES)),
    ...(await observeMoments(database, session, commits, ["account"])),
  ];

  expect(moments.length).toBeGreaterThan(0);
  expect(await session.query("SELECT DISTINCT used FROM account")).toEqual([{ used: "0" }]);
  expect(await session.query("SELECT FROM log")).toEqual([]);
  expect(await session.query("SHOW lock_timeout")).toEqual([{ lock_timeout: "3s" }]);
  expect(await session.query("SELECT FROM pg_locks WHERE relation = 'account'::regclass")).toEqual([]);
});
