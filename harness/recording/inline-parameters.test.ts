import { expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { inlineParameters } from "./inline-parameters.ts";
import { execute, splitOnly } from "./testing/hand-written.ts";

const types = new Map([
  [16, "boolean"],
  [20, "bigint"],
  [23, "integer"],
  [25, "text"],
  [1007, "integer[]"],
  [1184, "timestamp with time zone"],
]);

async function inline(sql: string, ...parameters: readonly (readonly [string | null, number])[]): Promise<string> {
  return inlineParameters(splitOnly(await loadParser(), execute(sql, parameters)), types);
}

test("writes what a column takes as a plain literal", async () => {
  expect(await inline("INSERT INTO t (a, b, c) VALUES ($1, $2, $3)", ["it's", 25], ["7", 20], [null, 23])).toBe(
    "INSERT INTO t (a, b, c) VALUES ('it''s', 7, NULL)",
  );
  expect(await inline("UPDATE t SET a = $2 WHERE b = $1", ["x", 25], ["t", 16])).toBe(
    "UPDATE t SET a = true WHERE b = 'x'::text",
  );
});

test("casts where the type of a literal would come from its place", async () => {
  expect(await inline("SELECT f($1, $2, $3)", ["1", 20], ["2", 23], [null, 20])).toBe(
    "SELECT f('1'::bigint, 2, NULL::bigint)",
  );
  expect(await inline("INSERT INTO t (at) VALUES ($1)", ["2020-01-01 00:00:00+02", 1184])).toBe(
    "INSERT INTO t (at) VALUES ('2020-01-01 00:00:00+02'::timestamp with time zone)",
  );
  expect(await inline("SELECT $1[1]", ["{1,2}", 1007])).toBe("SELECT ('{1,2}'::integer[])[1]");
  expect(await inline("SELECT - $1", ["-3", 23])).toBe("SELECT - '-3'::integer");
});

test("replaces neither what a string nor what a comment says", async () => {
  expect(await inline("SELECT '$1', \"$1\", $1 -- $1\n, $é$ $1 $é$", ["é", 0])).toBe(
    "SELECT '$1', \"$1\", 'é' -- $1\n, $é$ $1 $é$",
  );
});

test("escapes backslashes whatever the setting", async () => {
  expect(await inline("SELECT $1::text", ["a\\b'", 0])).toBe("SELECT E'a\\\\b'''::text");
});

test("finds $10 and $1 by their positions, also after characters of several bytes", async () => {
  const ten = Array.from({ length: 10 }, (_, index) => [String(index), 0] as const);
  expect(await inline("SELECT 'ß', $10, $1", ...ten)).toBe("SELECT 'ß', '9', '0'");
});
