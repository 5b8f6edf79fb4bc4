import { describe, expect, test } from "vitest";
import { onServer, stepOf } from "../testing/lock-fixture.ts";
import { giveUp } from "./lock-timeout-check.ts";
import { findQueued } from "./queueing.ts";

const accounts = onServer();
const LONG = ["SELECT count(*) FROM account", "UPDATE account SET used = used WHERE id = 3"];

describe("behind a long transaction", () => {
  test.each([
    ["ALTER TABLE account ADD COLUMN a int", "ACCESS EXCLUSIVE", ["ACCESS EXCLUSIVE"]],
    ["CREATE INDEX ON account (plan)", "SHARE", ["SHARE"]],
    ["UPDATE account SET used = 1", "rows", ["FOR NO KEY UPDATE"]],
    ["SELECT FROM account WHERE id = 3 FOR UPDATE", "rows", []],
    ["CREATE INDEX CONCURRENTLY ON account (plan)", "transactions", []],
    ["DO $$BEGIN UPDATE account SET used = 1; COMMIT; END$$", "rows", ["FOR NO KEY UPDATE"]],
  ])("%s waits for %s, and stops others by %o", async (source, awaited, stopping) => {
    const queued = await findQueued(await accounts(5), [await stepOf(source)], LONG);

    expect(queued.map((one) => (one.awaited.kind === "table" ? one.awaited.mode : one.awaited.kind))).toEqual(
      [awaited],
    );
    expect(queued.flatMap((one) => one.stopping.map(({ mode }) => mode))).toEqual(stopping);
  });

  test("what does not meet it does not wait, and each statement is applied", async () => {
    const database = await accounts(5);
    const source =
      "ALTER TABLE account VALIDATE CONSTRAINT account_pkey; UPDATE account SET used = 1 WHERE id = 1; ALTER TABLE log ADD COLUMN a int; ALTER TABLE account ADD COLUMN b int";
    const queued = await findQueued(database, [await stepOf(source)], LONG);
    const session = await database.connect();

    expect(queued.map(({ statement }) => statement.text)).toEqual(["ALTER TABLE account ADD COLUMN b int"]);
    expect(await session.query("SELECT used, b FROM account WHERE id = 1")).toEqual([{ used: "1", b: null }]);
  });

  test("the lock timeout is the one in force at that statement, in a transaction too", async () => {
    const source = `SET lock_timeout = '2s'; ALTER TABLE account ADD COLUMN a int; RESET lock_timeout;
BEGIN; SET LOCAL lock_timeout = '1s'; ALTER TABLE account ADD COLUMN b int; ALTER TABLE account ADD COLUMN c int; SELECT 1 / 0; SELECT 1; COMMIT;
ALTER TABLE account ADD COLUMN d int;`;
    const queued = await findQueued(await accounts(5), [await stepOf(source)], LONG);

    expect(queued.map(({ lockTimeoutMs }) => lockTimeoutMs)).toEqual([2000, 1000, 0]);
  });
});

describe("giving up", () => {
  const outcomeOf = async (source: string, index: number) => {
    const step = await stepOf(source);
    const statement = step.statements[index];
    if (statement === undefined) throw new Error("There is no such statement");
    return await giveUp(await accounts(5), [step], { step, statement }, LONG);
  };

  test("a statement with a timeout ends, and its step can be run again", async () => {
    const ending = await outcomeOf(
      "SET lock_timeout = '9s'; ALTER TABLE account ADD COLUMN IF NOT EXISTS a int",
      1,
    );

    expect(ending).toMatchObject({ ended: true, refusal: { code: "55P03" } });
    expect(ending.again).toBeUndefined();
  });

  test("a step that cannot be run again is told by what is refused", async () => {
    const source =
      "SET lock_timeout = '9s'; ALTER TABLE log ADD COLUMN a int; ALTER TABLE account ADD COLUMN a int";

    expect((await outcomeOf(source, 2)).again).toMatchObject({ refusal: { code: "42701" } });
  });

  test("a statement that waits on is cancelled, and said not to have ended", async () => {
    expect(await outcomeOf("SELECT 1; ALTER TABLE account ADD COLUMN a int", 1)).toMatchObject({
      ended: false,
    });
  });
});
