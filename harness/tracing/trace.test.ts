import { describe, expect, test } from "vitest";
import { parseStep, useAccountDatabases } from "../testing/lock-fixture.ts";
import type { TracedStatement } from "./impact.ts";
import { findBlockingLocks, summarizeImpacts } from "./impact.ts";
import { traceSteps } from "./trace.ts";

const accounts = useAccountDatabases();

async function traced(source: string, rows = 10): Promise<readonly TracedStatement[]> {
  return await traceSteps(await accounts(rows), [await parseStep(source)]);
}

async function traceLocks(source: string): Promise<readonly Record<string, string>[]> {
  return (await traced(source)).map(({ locks }) => Object.fromEntries(locks));
}

describe("the locks of a statement", () => {
  test.each([
    ["ALTER TABLE account ADD COLUMN a int", { account: "ACCESS EXCLUSIVE" }],
    ["CREATE INDEX ON account (plan)", { account: "SHARE" }],
    ["UPDATE account SET used = 1", { account: "ROW EXCLUSIVE" }],
    ["SELECT FROM account FOR UPDATE", { account: "ROW SHARE" }],
    [
      "ALTER TABLE log ADD FOREIGN KEY (id) REFERENCES account",
      { account: "SHARE ROW EXCLUSIVE", log: "SHARE ROW EXCLUSIVE" },
    ],
    ["CREATE TABLE other (id int)", {}],
    ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", {}],
    ["CREATE INDEX CONCURRENTLY ON account (plan)", { account: "SHARE UPDATE EXCLUSIVE" }],
    ["VACUUM account", { account: "SHARE UPDATE EXCLUSIVE" }],
    ["VACUUM FULL account", { account: "ACCESS EXCLUSIVE" }],
    [
      "DO $$BEGIN LOCK log IN SHARE MODE; UPDATE account SET used = 1; COMMIT; END$$",
      { account: "ROW EXCLUSIVE", log: "SHARE" },
    ],
  ])("%s: %o", async (source, locks) => {
    expect(await traceLocks(source)).toEqual([locks]);
  });

  test("in a transaction of the release are held from the statement on that takes them, except on what it created", async () => {
    expect(
      await traceLocks(
        "BEGIN; SELECT 1; LOCK log IN SHARE MODE; CREATE TABLE other (id int); SELECT count(*) FROM account; COMMIT; SELECT 1",
      ),
    ).toEqual([{}, { log: "SHARE" }, { log: "SHARE" }, { log: "SHARE", account: "ACCESS SHARE" }, {}]);
  });

  test("on an index count as locks on its table", async () => {
    const [, reindexed] = await traceLocks("CREATE INDEX i ON account (plan); ALTER INDEX i RENAME TO j");

    expect(reindexed).toEqual({ account: "SHARE UPDATE EXCLUSIVE" });
  });
});

test("an error is reported, and tracing continues as psql would", async () => {
  const found = await traced(
    "BEGIN; SELECT 1 / 0; SELECT 1; COMMIT; SELECT nothing; LOCK log; UPDATE account SET used = 1",
  );

  expect(found.map(({ error }) => error?.code)).toEqual(["22012", "25P02", "42703", undefined, undefined]);
  expect(found.at(-1)?.counts.get("account")).toEqual({ read: 10, written: 10 });
});

test("every statement is applied exactly once, and nothing of the tracing stays", async () => {
  const database = await accounts(10);
  const source =
    "UPDATE account SET used = used + 1; CREATE INDEX CONCURRENTLY i ON account (plan); DO $$BEGIN UPDATE account SET used = used + 1; COMMIT; END$$";
  const session = await database.connect();
  await session.query("SET lock_timeout = '3s'");
  await traceSteps(database, [await parseStep(source)]);

  expect(await session.query("SELECT DISTINCT used FROM account")).toEqual([{ used: "2" }]);
  expect(await session.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass")).toEqual([
    { indisvalid: "t" },
  ]);
  expect(await session.query("SELECT FROM pg_namespace WHERE nspname LIKE 'plumb%'")).toEqual([]);
  expect(await session.query("SELECT FROM pg_trigger WHERE NOT tgisinternal")).toEqual([]);
});

test.each([
  ["ALTER TABLE account ALTER COLUMN id TYPE bigint", ["account"]],
  ["ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid()", ["account"]],
  ["VACUUM FULL log", ["log"]],
  ["ALTER TABLE account ADD COLUMN a int NOT NULL DEFAULT 0", []],
  ["UPDATE account SET used = 1", []],
])("%s rewrites %o", async (source, rewrites) => {
  expect((await traced(source)).map((trace) => trace.rewrites)).toEqual([rewrites]);
});

describe("the locks held for a time that grows with the rows", () => {
  test.each([
    ["ALTER TABLE account ADD CHECK (used >= 0)", ["ACCESS EXCLUSIVE"]],
    ["ALTER TABLE account ADD CHECK (used >= 0) NOT VALID", []],
    ["CREATE INDEX ON account (plan)", ["SHARE"]],
    ["CREATE INDEX CONCURRENTLY ON account (plan)", []],
    ["ALTER TABLE account ALTER COLUMN plan SET NOT NULL", ["ACCESS EXCLUSIVE"]],
    ["UPDATE account SET used = 1", ["FOR NO KEY UPDATE"]],
    ["UPDATE account SET used = 1 WHERE id = 1", []],
    ["DO $$BEGIN FOR n IN 1..60 LOOP UPDATE account SET used = 1 WHERE id % 60 = n; COMMIT; END LOOP; END$$", []],
    ["DO $$BEGIN UPDATE account SET used = 1; COMMIT; END$$", ["FOR NO KEY UPDATE"]],
  ])("%s: %o", async (source, modes) => {
    const runs = [];
    for (const rows of [30, 60, 90]) {
      runs.push({ rows, traced: await traced(source, rows) });
    }
    const [impact] = summarizeImpacts(runs);
    const growing = (impact === undefined ? [] : findBlockingLocks(impact, "account")).filter(({ grows }) => grows);

    expect(growing.map(({ lock }) => lock.mode)).toEqual(modes);
  });
});
