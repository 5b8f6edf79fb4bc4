import { expect, test } from "vitest";
import { loadParser } from "../../../harness/release/parser.ts";
import { parseSingleUpdate } from "./single-update.ts";

const parser = await loadParser();

test("what is set and where, as written", () => {
  expect(
    parseSingleUpdate(
      parser,
      "UPDATE s.t SET a = coalesce(a, 'SET, x'), \"B c\"=d[1]\n WHERE a = 1 AND b IN (1, 2) RETURNING a;",
    ),
  ).toEqual({
    schema: "s",
    table: "t",
    set: new Map([
      ["a", "coalesce(a, 'SET, x')"],
      ["B c", "d[1]"],
    ]),
    where: "a = 1 AND b IN (1, 2)",
  });
  expect(parseSingleUpdate(parser, "UPDATE t SET a = 1")).toEqual({ table: "t", set: new Map([["a", "1"]]) });
});

test.each([
  "UPDATE t SET a = u.a FROM u",
  "UPDATE t AS x SET a = 1",
  "WITH u AS (SELECT 1) UPDATE t SET a = 1",
  "UPDATE t SET (a, b) = (1, 2)",
  "DELETE FROM t",
  "UPDATE",
])("%s is none", (text) => {
  expect(parseSingleUpdate(parser, text)).toBeUndefined();
});
