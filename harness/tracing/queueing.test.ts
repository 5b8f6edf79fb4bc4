import assert from "node:assert";
import { describe, expect, test } from "vitest";
import { parseStep, useAccountDatabases } from "../testing/lock-fixture.ts";
import { checkRerun, waitsWithoutLimit } from "./lock-timeout-check.ts";
import { findQueuedStatements } from "./queueing.ts";

const accounts = useAccountDatabases();
const LONG = ["SELECT count(*) FROM account", "UPDATE account SET used = used WHERE id = 3"];

describe("behind a long transaction", () => {
  test.each([
    ["ALTER TABLE account ADD COLUMN a int", "ACCESS EXCLUSIVE", ["ACCESS EXCLUSIVE"]],
    ["CREATE INDEX ON account (plan)", "SHARE", ["SHARE"]],
    ["UPDATE account SET used = 1", "rows", ["FOR NO KEY UPDATE"]],
    ["SELECT FROM account WHERE id = 3 FOR UPDATE", "rows", []],
    ["CREATE INDEX CONCURRENTLY ON account (plan)", "transactions", []],
    ["DO $$BEGIN UPDATE account SET used = 1; COMMIT; END$$", "rows", ["FOR NO KEY UPDATE"]],
  ])("%s waits for %s, and blocks others by %o", async (source, awaited, stopping) => {
    const queued = await findQueuedStatements(await accounts(5), [await parseStep(source)], LONG);

    expect(queued.map((one) => (one.awaited.kind === "table" ? one.awaited.mode : one.awaited.kind))).toEqual([
      awaited,
    ]);
    expect(queued.flatMap((one) => one.blocking.map(({ mode }) => mode))).toEqual(stopping);
  });

  test("a statement without a conflict does not wait, and each statement is applied", async () => {
    const database = await accounts(5);
    const source =
      "ALTER TABLE account VALIDATE CONSTRAINT account_pkey; UPDATE account SET used = 1 WHERE id = 1; ALTER TABLE log ADD COLUMN a int; ALTER TABLE account ADD COLUMN b int";
    const queued = await findQueuedStatements(database, [await parseStep(source)], LONG);
    const session = await database.connect();

    expect(queued.map(({ statement }) => statement.text)).toEqual(["ALTER TABLE account ADD COLUMN b int"]);
    expect(await session.query("SELECT used, b FROM account WHERE id = 1")).toEqual([{ used: "1", b: null }]);
  });

  test("the lock timeout is the one in force at that statement, in a transaction too", async () => {
    const source = `SET lock_timeout = '2s'; ALTER TABLE account ADD COLUMN a int; RESET lock_timeout;
BEGIN; SET LOCAL lock_timeout = '1s'; ALTER TABLE account ADD COLUMN b int; ALTER TABLE account ADD COLUMN c int; SELECT 1 / 0; SELECT 1; COMMIT;
ALTER TABLE account ADD COLUMN d int;`;
    const queued = await findQueuedStatements(await accounts(5), [await parseStep(source)], LONG);

    expect(queued.map(({ lockTimeoutMs }) => lockTimeoutMs)).toEqual([2000, 1000, 0]);
  });

  test.each([
    ["100ms", { ended: true, error: { code: "55P03" } }],
    ["1h", undefined],
  ])("a statement that limits its own wait to %s does not wait without limit", async (limit, checked) => {
    const source = `DO $$BEGIN SET LOCAL lock_timeout = '${limit}'; ALTER TABLE account ADD COLUMN a int; END$$`;
    const step = await parseStep(source);
    const [queued] = await findQueuedStatements(await accounts(5), [step], LONG);

    assert(queued !== undefined);
    expect(waitsWithoutLimit(queued)).toBe(false);
    const check = checkRerun(await accounts(5), { ...queued, steps: [step], long: LONG });
    if (checked === undefined) await expect(check).rejects.toThrow("sets its own lock timeout");
    else expect(await check).toMatchObject(checked);
  });

  test.each(["file", "run", "query"] as const)("a step of the mode %s is one transaction", async (transaction) => {
    const source =
      "SET LOCAL lock_timeout = '1s'; ALTER TABLE log ADD COLUMN a int; ALTER TABLE account ADD COLUMN b int";
    const step = { ...(await parseStep(source)), transaction };
    const [queued, ...more] = await findQueuedStatements(await accounts(5), [step], LONG);

    expect(queued).toMatchObject({ lockTimeoutMs: 1000, awaited: { table: "account" } });
    expect(more).toEqual([]);
    if (queued !== undefined) {
      const checked = await checkRerun(await accounts(5), { ...queued, steps: [step], long: LONG });

      expect(checked).toMatchObject({ ended: true, error: { code: "55P03" }, rerunError: undefined });
    }
  });
});

describe("a lock timeout", () => {
  const check = async (source: string, index: number) => {
    const step = await parseStep(source);
    const statement = step.statements[index];
    if (statement === undefined) throw new Error("There is no such statement");
    return await checkRerun(await accounts(5), { steps: [step], step, statement, long: LONG });
  };

  test("ends the statement, and its step can be run again", async () => {
    const result = await check("SET lock_timeout = '9s'; ALTER TABLE account ADD COLUMN IF NOT EXISTS a int", 1);

    expect(result).toMatchObject({ ended: true, error: { code: "55P03" } });
    expect(result.rerunError).toBeUndefined();
  });

  test("reports the error of a step that cannot be run again", async () => {
    const source = "SET lock_timeout = '9s'; ALTER TABLE log ADD COLUMN a int; ALTER TABLE account ADD COLUMN a int";

    expect((await check(source, 2)).rerunError).toMatchObject({ error: { code: "42701" } });
  });

  test("that is missing: the statement is cancelled, and reported as not ended", async () => {
    expect(await check("SELECT 1; ALTER TABLE account ADD COLUMN a int", 1)).toMatchObject({
      ended: false,
    });
  });
});
