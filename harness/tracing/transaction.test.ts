import { expect, test } from "vitest";
import { splitStatements } from "../release/split-statements.ts";
import { isSetting, splitTransactions, transactionChange } from "./transaction.ts";

test.each([
  ["BEGIN", "opens"],
  ["start transaction isolation level serializable", "opens"],
  ["COMMIT AND CHAIN", "opens"],
  ["COMMIT", "ends"],
  ["end work", "ends"],
  ["ROLLBACK", "ends"],
  ["abort", "ends"],
  ["rollback and no chain", "ends"],
  ["ROLLBACK TO SAVEPOINT a", undefined],
  ["rollback work to a", undefined],
  ["SAVEPOINT a", undefined],
  ["RELEASE a", undefined],
  ["SELECT 1", undefined],
])("%s changes whether a transaction is open: %s", async (text, change) => {
  const [statement] = await splitStatements(text);

  expect(statement && transactionChange(statement)).toBe(change);
});

test.each([
  ["SET lock_timeout = '3s'", true],
  ["RESET ALL", true],
  ["ALTER TABLE t SET (fillfactor = 70)", false],
])("%s is a setting: %s", async (text, setting) => {
  const [statement] = await splitStatements(text);

  expect(statement && isSetting(statement)).toBe(setting);
});

test.each([
  ["SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]],
  ["SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3", ["SELECT 1", "BEGIN SELECT 2 COMMIT", "SELECT 3"]],
  ["BEGIN; SELECT 1; COMMIT AND CHAIN; SELECT 2; ROLLBACK", ["BEGIN SELECT 1 COMMIT AND CHAIN SELECT 2 ROLLBACK"]],
  ["BEGIN; SAVEPOINT a; ROLLBACK TO a; SELECT 1", ["BEGIN SAVEPOINT a ROLLBACK TO a SELECT 1"]],
])("the transactions of %s are %j", async (source, transactions) => {
  const split = splitTransactions(await splitStatements(source));

  expect(split.map((statements) => statements.map(({ text }) => text).join(" "))).toEqual(transactions);
});
