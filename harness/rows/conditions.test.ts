import { describe, expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { parseAlternatives } from "./conditions.ts";
import { type Alternative, isContradictory } from "./demands.ts";

const parser = await loadParser();

/** Alternatives in short: `a > 1 & b IS NULL | …`. */
const show = (alternatives: readonly Alternative[]): string =>
  alternatives
    .map((demands) =>
      demands
        .map((demand) => {
          const { kind } = demand;
          const column = demand.column.replaceAll("\u0000", ".");
          if (kind === "null") return `${column} IS ${demand.isNull ? "" : "NOT "}NULL`;
          if (kind === "compare") return `${column} ${demand.operator} ${demand.value}`;
          if (kind === "columns") return `${column} ${demand.operator} ${demand.other}`;
          if (kind === "in") return `${column} ${demand.not ? "not " : ""}in ${demand.values.join()}`;
          if (kind === "length") return `length ${column} ${demand.operator} ${demand.value}`;
          if (kind === "pattern") return `${column} ${demand.not ? "!" : ""}~${demand.flags} ${demand.regex}`;
          if (kind === "contains") return `${column} ${demand.not ? "lacks" : "contains"} ${demand.text}`;

          if (kind === "json") return `json ${column} ${demand.types.join()}`;
          if (kind === "includes") return `${column} includes ${demand.json}`;
          if (kind === "cast") return `${column}::${demand.type}`;
          if (kind === "multiple") return `${column} % ${demand.of}`;
          if (kind === "divisible") return `${column} % ${demand.other}`;
          if (kind === "computed") return `${column} computed from ${demand.sources.join()}`;

          return `${column} = ${demand.to}`;
        })
        .join(" & "),
    )
    .join(" | ");

const parse = (expression: string, negated = false): string => show(parseAlternatives(parser, expression, { negated }));

const ANY_TYPE = "object,array,string,number,boolean,null";

describe("an expression becomes demands, and its negation others", () => {
  test.each([
    ["(a IS NOT NULL)", "a IS NOT NULL", "a IS NULL"],
    ["(a > 0)", "a > 0", "a <= 0"],
    ["(0 < a)", "a > 0", "a <= 0"],
    ["(btrim(a) = a)", "a !~ ^ | $", "a ~ ^ | $"],
    ["(\"left\"(a, 4) = 'v1.a'::text)", "a ~ ^v1\\.a", "a !~ ^v1\\.a"],
    ["(a <> '-5'::integer)", "a <> -5", "a = -5"],
    ["((a)::text = 'x'::text)", "a = x", "a <> x"],
    ["(a IS DISTINCT FROM 'x')", "a <> x", "a = x"],
    ["(a <= b)", "a <= b", "a > b"],
    ["(a BETWEEN 1 AND 5)", "a >= 1 & a <= 5", "a < 1 | a > 5"],
    ["(a = ANY (ARRAY['x'::text, 'y'::text]))", "a in x,y", "a not in x,y"],
    ["(a = ANY ('{x,y}'::text[]))", "a in x,y", "a not in x,y"],
    ["(a IN ('x', 'y'))", "a in x,y", "a not in x,y"],
    ["(a <> ALL (ARRAY[1, 2]))", "a not in 1,2", "a in 1,2"],
    ["((a > 0) AND (b < 9))", "a > 0 & b < 9", "a <= 0 | b >= 9"],
    ["((a > 0) OR (b < 9))", "a > 0 | b < 9", "a <= 0 & b >= 9"],
    ["(NOT (a > 0))", "a <= 0", "a > 0"],
    ["a", "a = true", "a = false"],
    ["(a IS NOT TRUE)", "a = false", "a = true"],
    ["((a > 1) IS TRUE)", "a > 1", "a <= 1"],
    ["(length(a) >= 3)", "length a >= 3", "length a < 3"],
    ["(char_length(btrim((a)::text)) > 0)", "length a > 0", "length a <= 0"],
    ["(array_length(a, 1) <= 3)", "length a <= 3", "length a > 3"],
    ["(TRIM(BOTH FROM a) <> ''::text)", "length a > 0", "a = "],
    ["(a ~ '^x+$'::text)", "a ~ ^x+$", "a !~ ^x+$"],
    ["(a !~* 'x')", "a !~i x", "a ~i x"],
    ["(a ~~ 'R-_%'::text)", "a ~ ^R-[\\s\\S][\\s\\S]*$", "a !~ ^R-[\\s\\S][\\s\\S]*$"],
    ["(a = lower(a))", "a = lower", ""],
    ["(a = lower(b))", "a computed from b", ""],
    ["((b * c) = a)", "a computed from b,c", ""],
    ["((a)::text = encode(digest(b, 'sha256'::text), 'hex'::text))", "a computed from b", ""],
    ["(POSITION(('@'::text) IN (a)) > 1)", "a contains @", "a lacks @"],
    ["(jsonb_typeof(a) = 'object'::text)", "json a object", "json a array,string,number,boolean,null"],
    [
      "(jsonb_typeof((a -> 'b'::text)) = ANY (ARRAY['array'::text, 'null'::text]))",
      "json a.b array,null",
      "json a.b object,string,number,boolean",
    ],
    ["(a ? 'b'::text)", `json a.b ${ANY_TYPE}`, `json a ${ANY_TYPE} & a.b IS NULL`],
    [
      "(a ?& ARRAY['b'::text, 'c'::text])",
      `json a.b ${ANY_TYPE} & json a.c ${ANY_TYPE}`,
      `json a ${ANY_TYPE} & a.b IS NULL | json a ${ANY_TYPE} & a.c IS NULL`,
    ],
    [
      "(a ?| '{b,c}'::text[])",
      `json a.b ${ANY_TYPE} | json a.c ${ANY_TYPE}`,
      `json a ${ANY_TYPE} & a.b IS NULL & json a ${ANY_TYPE} & a.c IS NULL`,
    ],
    ["((a ->> 'b'::text) IS NOT NULL)", "a.b IS NOT NULL", "a.b IS NULL"],
    ["((a ->> 'b'::text) = ANY (ARRAY['x'::text, 'y'::text]))", "a.b in x,y", "a.b not in x,y"],
    ["(((a -> 'b'::text) ->> 'c'::text) = 'x'::text)", "a.b.c = x", "a.b.c <> x"],
    ["((a #>> '{b,c}'::text[]) ~ '^x'::text)", "a.b.c ~ ^x", "a.b.c !~ ^x"],
    ["(((a ->> 'b'::text))::integer > 0)", "a.b > 0 & a.b::int4", "a.b <= 0 & a.b::int4"],
    ["((a ->> 'b'::text))::boolean", "a.b = true & a.b::bool", "a.b = false & a.b::bool"],
    ["((a -> 'b'::text) = '\"x\"'::jsonb)", 'a.b includes "x"', "json a.b object,array,number,boolean,null"],
    ["((a -> 0) = '1'::jsonb)", "", ""],
    ["((a ->> 'b'::text) = c)", "", ""],
    ["(a @> '{\"b\": 1}'::jsonb)", 'a includes {"b": 1}', `json a ${ANY_TYPE} & a.b IS NULL`],
    [
      "(jsonb_array_length(a) BETWEEN 1 AND 3)",
      "json a array & length a >= 1 & json a array & length a <= 3",
      "json a array & length a < 1 | json a array & length a > 3",
    ],
    ["((a % 5) = 0)", "a % 5", ""],
    ["(mod(a, b) = 0)", "a % b", ""],
    [
      "(num_nonnulls(a, b) = 1)",
      "a IS NOT NULL & b IS NULL | a IS NULL & b IS NOT NULL",
      "a IS NULL & b IS NULL | a IS NOT NULL & b IS NOT NULL",
    ],
    [
      "(num_nulls(a, b) < 1)",
      "a IS NOT NULL & b IS NOT NULL",
      "a IS NULL & b IS NULL | a IS NOT NULL & b IS NULL | a IS NULL & b IS NOT NULL",
    ],
    [
      "((a IS NULL) = (b IS NULL))",
      "a IS NULL & b IS NULL | a IS NOT NULL & b IS NOT NULL",
      "a IS NULL & b IS NOT NULL | a IS NOT NULL & b IS NULL",
    ],
    [
      "((((a IS NOT NULL))::integer + ((b IS NOT NULL))::integer) = 1)",
      "a IS NOT NULL & b IS NULL | a IS NULL & b IS NOT NULL",
      "a IS NULL & b IS NULL | a IS NOT NULL & b IS NOT NULL",
    ],
    [
      "(1 > (CASE WHEN a IS NULL THEN 1 ELSE 0 END + CASE WHEN b IS NULL THEN 1 ELSE 0 END))",
      "a IS NOT NULL & b IS NOT NULL",
      "a IS NULL & b IS NOT NULL | a IS NOT NULL & b IS NULL | a IS NULL & b IS NULL",
    ],
    [
      "CASE WHEN (k = 'x'::text) THEN (a IS NOT NULL) ELSE (b > 1) END",
      "k = x & a IS NOT NULL | k <> x & b > 1",
      "k = x & a IS NULL | k <> x & b <= 1",
    ],
    ["is_fine(a)", " | a IS NULL", ""],
    ["(a @> '{1}')", "", ""],
  ])("%s", (expression, satisfied, violated) => {
    expect([parse(expression), parse(expression, true)]).toEqual([satisfied, violated]);
  });
});

test("contradictory alternatives are dropped, and others kept", () => {
  expect(parse("((a IS NULL) OR (b > 1)) AND (a > 2)")).toBe("b > 1 & a > 2");
  expect(parse("((k = 'x') OR (k = 'y')) AND (k = ANY (ARRAY['y', 'z']))")).toBe("k = y & k in y,z");
});

test.each([
  "(a IS NULL) AND ((a ->> 'b') = 'x')",
  "(jsonb_typeof(a) = 'array') AND ((a ->> 'b') = 'x')",
  "(jsonb_typeof(a) = 'array') AND (jsonb_typeof(a) = 'object')",
  "(a ? 'b') AND NOT (a ? 'b')",
])("no row satisfies %s", (expression) => {
  expect(parseAlternatives(parser, expression)).toEqual([]);
});

test.each<[boolean, Alternative]>([
  [
    true,
    [
      { kind: "length", column: "a", operator: ">", value: 1 },
      { kind: "null", column: "a", isNull: true },
    ],
  ],
  [
    false,
    [
      { kind: "length", column: "a", operator: ">", value: 1 },
      { kind: "null", column: "b", isNull: true },
    ],
  ],
  [
    true,
    [
      { kind: "compare", column: "a", operator: "=", value: "1" },
      { kind: "in", column: "a", values: ["2"], not: false },
    ],
  ],
  [
    false,
    [
      { kind: "compare", column: "a", operator: "=", value: "1" },
      { kind: "in", column: "a", values: ["2"], not: true },
    ],
  ],
])("is contradictory: %s", (expected, demands) => {
  expect(isContradictory(demands)).toBe(expected);
});

test("the number of alternatives is bounded, and what cannot be parsed demands nothing", () => {
  const either = Array.from({ length: 8 }, (_, index) => `(a${index} > 1 OR b${index} > 1)`).join(" AND ");

  expect(parseAlternatives(parser, either)).toHaveLength(48);
  expect(parseAlternatives(parser, "((")).toEqual([[]]);
});

test("VALUE of a domain is renamed", () => {
  expect(show(parseAlternatives(parser, "(VALUE > 3)", { rename: "amount" }))).toBe("amount > 3");
  expect(show(parseAlternatives(parser, "((VALUE ->> 'n') = 'x')", { rename: "settings" }))).toBe("settings.n = x");
});
