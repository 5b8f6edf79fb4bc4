import { expect, test } from "vitest";
import type { TransactionMode } from "../../../harness/release/release.ts";
import { makeStep } from "../../../harness/testing/example-release.ts";
import { listStops, pickEvenly, toRestOfStep, toSplitStep } from "./stops.ts";

const BUILD = "CREATE INDEX CONCURRENTLY i ON t (a);";
const TWO = "INSERT INTO t VALUES (1); UPDATE t SET a = 2;";
const COMMITTING = "DO $$ BEGIN UPDATE t SET a = 1; COMMIT; UPDATE t SET a = 2; END $$;";

test.each<[TransactionMode, string, boolean]>([
  ["statement", TWO, true],
  ["statement", "UPDATE t SET a = 2;", false],
  ["statement", BUILD, true],
  ["statement", COMMITTING, true],
  ["query", TWO, false],
  ["query", "UPDATE t SET a = 2;", false],
  ["query", BUILD, true],
  ["query", `-- a comment\n${BUILD}\n`, true],
  ["query", COMMITTING, true],
  ["query", "BEGIN; UPDATE t SET a = 1; COMMIT; UPDATE t SET a = 2;", true],
  ["file", TWO, false],
  ["run", TWO, false],
])("in the mode %s, %j is more than one transaction: %s", async (transaction, sql, isSplit) => {
  const step = { ...(await makeStep("up.sql", sql)), transaction };

  expect(toSplitStep(step) !== undefined).toBe(isSplit);
});

test("a stop is where work is committed", async () => {
  const sql =
    "SET lock_timeout = 1; UPDATE t SET a = 1; BEGIN; UPDATE t SET a = 2; SELECT 1; COMMIT; UPDATE t SET a = 3;";
  const stops = listStops(await makeStep("up.sql", sql));

  expect(stops.map(({ count }) => count)).toEqual([2, 6, 7]);
});

test("the rest of a step has its own lines", async () => {
  const step = { ...(await makeStep("up.sql", "SELECT 1; -- one\nSELECT\n2;\nSELECT 3;")), before: ["RESET ALL"] };
  const { source, statements, before } = toRestOfStep(step, 2);

  expect(source.trimStart()).toBe("SELECT 3;");
  expect(source.split("\n").length).toBe(4);
  expect(statements.map(({ line, text }) => [line, text])).toEqual([[4, "SELECT 3"]]);
  expect(before).toBeUndefined();
});

test("the first and the last are among those that are picked", () => {
  expect(pickEvenly([1, 2, 3, 4, 5, 6, 7], 3)).toEqual([1, 4, 7]);
  expect(pickEvenly([1, 2], 3)).toEqual([1, 2]);
});
