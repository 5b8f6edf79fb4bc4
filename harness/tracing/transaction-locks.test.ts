import { expect, test } from "vitest";
import type { TransactionMode } from "../release/release.ts";
import { parseStep, useAccountDatabases } from "../testing/lock-fixture.ts";
import { summarizeImpacts } from "./impact.ts";
import { traceSteps } from "./trace.ts";
import { findTransactionLocks } from "./transaction-locks.ts";

const accounts = useAccountDatabases();

async function findLocks(source: string, transaction: TransactionMode = "statement") {
  const runs = [10, 50].map(async (rows) => {
    const step = { ...(await parseStep(source)), transaction };

    return { rows, traced: await traceSteps(await accounts(rows), [step]) };
  });

  return findTransactionLocks(summarizeImpacts(await Promise.all(runs))).map(({ lock, blocks, grows }) => ({
    lock: `${lock.mode} on ${lock.table}`,
    blocks,
    grows,
  }));
}

test("a lock is held while later statements of the transaction read or write", async () => {
  const locked = { lock: "ACCESS EXCLUSIVE on account", blocks: "reads and writes" };
  const alter = "ALTER TABLE account ADD COLUMN a int";
  const update = "UPDATE account SET used = 1";

  expect(await findLocks(`BEGIN; ${alter}; ${update}; COMMIT`)).toEqual([{ ...locked, grows: true }]);
  expect(await findLocks(`BEGIN; ${update}; ${alter}; COMMIT`)).toEqual([{ ...locked, grows: false }]);
  expect(await findLocks(`${alter}; ${update}`, "file")).toEqual([{ ...locked, grows: true }]);
});

test("without a lock that blocks the table, the written rows are locked", async () => {
  expect(await findLocks("BEGIN; UPDATE account SET used = 1; SELECT 1; COMMIT")).toEqual([
    { lock: "ROW EXCLUSIVE on account", blocks: "nothing", grows: true },
    { lock: "FOR NO KEY UPDATE on account", blocks: "writes of the rows it wrote", grows: true },
  ]);
});
