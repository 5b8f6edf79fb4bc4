import { expect, test } from "vitest";
import { makeStep } from "../../../harness/testing/example-release.ts";
import { formatRepair } from "./repair.ts";

test.each([
  ["CREATE INDEX i ON t (a);", 'relation "i" already exists', "DROP INDEX i"],
  ["CREATE TABLE t (a int);", 'relation "T" already exists', 'DROP TABLE "T"'],
  [
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);",
    'constraint "T_c" for relation "Queue" already exists',
    'ALTER TABLE "Queue" DROP CONSTRAINT "T_c"',
  ],
  ["ALTER TABLE t ADD a int;", 'column "a" of relation "t" already exists', "ALTER TABLE t DROP COLUMN a"],
  ["DROP INDEX i;", 'index "i" does not exist', "leave out what has run, or make DROP INDEX i repeatable"],
])("%s", async (sql, message, repair) => {
  const step = await makeStep("up.sql", sql);
  const [statement] = step.statements;
  if (statement === undefined) throw new Error("one statement");
  const failure = { step, statement, error: { code: "42P07", message }, isEndless: false };

  expect(formatRepair(failure)).toBe(repair);
});
