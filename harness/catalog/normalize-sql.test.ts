import { expect, test } from "vitest";
import { isReorderedSql, isSameSql } from "./normalize-sql.ts";

test.each([
  ["white space and comments", "BEGIN\n  -- it's new\n  RETURN NEW; /* ' */\nEND", "BEGIN RETURN NEW;\nEND"],
  [
    "a condition that was parsed again",
    "CHECK (((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
    "CHECK (((status)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))",
  ],
  ["the cast of a default", "'queued'::character varying", "'queued'::text"],
  ["a cast with a length", "'it''s'::character varying(20)", "'it''s'::varchar"],
  ["parentheses around parentheses", "CHECK (((a > 0)))", "CHECK ((a > 0))"],
  [
    "conditions that are nested",
    "CHECK ((((a > 0) AND ((b IS NULL) AND (c IS NULL))) OR ((b IS NOT NULL) OR (c IS NOT NULL))))",
    "CHECK ((((a > 0) AND (b IS NULL) AND (c IS NULL)) OR (b IS NOT NULL) OR (c IS NOT NULL)))",
  ],
  ["operands of a comparison", "IF (now() - t) >= (w::interval) THEN", "IF now() - t >= w::interval THEN"],
])("%s make no difference", (_, one, other) => {
  expect(isSameSql(one, other)).toBe(true);
});

test.each([
  ["a string in a literal", "SELECT 'a  b'", "SELECT 'a b'"],
  ["a comment in a literal", "SELECT '-- a'", "SELECT '-- b'"],
  ["words that run together", "RETURN a b", "RETURN ab"],
  ["the cast of a column", "lower((n)::text)", "lower(n)"],
  ["a cast to another type", "'2020-01-01'::date", "'2020-01-01'::text"],
  ["an array type", "'{a}'::text[]", "'{a}'::integer[]"],
  ["the order of evaluation", "((a + b) * c)", "(a + (b * c))"],
  ["the arguments of a call", "f((a), b)", "f(a)"],
  ["a call without arguments", "f()", "f"],
  ["what OR joins first", "CHECK (((a > 0) AND ((b > 0) OR (c > 0))))", "CHECK ((((a > 0) AND (b > 0)) OR (c > 0)))"],
  ["what is compared first", "CHECK (((a > b) = c))", "CHECK ((a > (b = c)))"],
  ["what a range of rows is", "WHERE (a, b) = (c, d)", "WHERE a, b = c, d"],
  ["what is cast", "WHERE (a - b)::int > c", "WHERE a - b::int > c"],
  ["what NOT negates", "CHECK ((NOT ((a > 0) AND (b > 0))))", "CHECK (((NOT (a > 0)) AND (b > 0)))"],
  ["where a range ends", "CHECK (((a BETWEEN b AND c) AND d))", "CHECK ((a BETWEEN (b AND c) AND d))"],
  ["another operator", "a >= 1", "a > 1"],
])("%s makes a difference", (_, one, other) => {
  expect(isSameSql(one, other)).toBe(false);
});

test("the cast of a column to the type that it has makes no difference, one to another type does", () => {
  const hasType = (column: string, type: string) => column === "name" && type === "character varying";

  expect(isSameSql("lower((name)::character varying)", "lower(name)", hasType)).toBe(true);
  expect(isSameSql("lower((name)::text)", "lower(name)", hasType)).toBe(false);
  expect(isSameSql("lower((name)::character varying(3))", "lower(name)", hasType)).toBe(false);
});

test("a list in another order is the same list, one with other names is not", () => {
  expect(isReorderedSql(" SELECT t.a, t.b FROM t", " SELECT t.b, t.a FROM t")).toBe(true);
  expect(isReorderedSql(" SELECT t.a, t.b FROM t", " SELECT t.b, t.b FROM t")).toBe(false);
});
