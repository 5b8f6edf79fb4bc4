import { expect, test } from "vitest";
import { maskValues, nameKind, nameSqlError } from "./kind.ts";

const name = (got: string, expected = "it holds") => nameKind({ got, expected, script: [] });

test.each([
  ["it returns 5", "it returns 700"],
  [
    "organization 00000000-0000-4000-8000-000000000001 is gone",
    "organization ffffffff-ffff-4fff-8fff-ffffffffffff is gone",
  ],
  ["it is a date, 2026-01-02 10:00:00+01", "it is a date, 1999-12-31"],
  ["it is called 'Any'", "it is called 'Another''s own'"],
  ["f(1, NULL, 'ai') returns nothing", "f(2, 'x', NULL) returns nothing"],
  ["2.1-columns.sql, line 15: it fails", "2.1-columns.sql, line 9: it fails"],
  ["2.1-columns.sql: it fails", "../../releases/2026/2.1-columns.sql: it fails"],
])("%s and %s are one kind", (one, other) => {
  expect(name(one)).toBe(name(other));
  expect(name(one)).not.toMatch(/\d{2}|any|another/);
});

test.each([
  ['ERROR: relation "a" does not exist (SQLSTATE 42P01)', 'ERROR: relation "b" does not exist (SQLSTATE 42P01)'],
  ["ERROR: it failed (SQLSTATE 23514)", "ERROR: it failed (SQLSTATE 23503)"],
  ["a.sql, line 1: it fails", "b.sql, line 1: it fails"],
  ["it returns TRUE", "it returns FALSE"],
])("%s and %s are two kinds", (one, other) => {
  expect(name(one)).not.toBe(name(other));
});

test("what is expected distinguishes kinds, too", () => {
  expect(name("it succeeds", "a NULL is refused")).not.toBe(name("it succeeds", "a duplicate is refused"));
});

test("a property names a kind in its own words", () => {
  expect(nameKind({ kind: "returns FALSE", got: "5", expected: "6", script: [] })).toBe("returns-false");
});

test("a violation without any words has a name", () => {
  expect(nameKind({ got: "5", expected: "6", script: [] })).toBe("violated");
});

test("an SQL error is named by its words, the objects in them and its SQLSTATE", () => {
  const message = 'null value in column "plan_name" of relation "organizations" violates not-null constraint';

  expect(nameSqlError({ message, code: "23502" })).toBe(
    "null-value-in-column-plan_name-of-relation-organizations-violates-not-null-constraint-23502",
  );
  expect(maskValues('invalid input syntax for type integer: "12x"').trim()).toBe(
    "invalid input syntax for type integer:",
  );
});
