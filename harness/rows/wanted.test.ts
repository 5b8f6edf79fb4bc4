import { expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { parseAlternatives } from "./conditions.ts";
import { collectWanted, NOTHING_WANTED } from "./wanted.ts";

const parser = await loadParser();
const collect = (expression: string) => collectWanted(parseAlternatives(parser, expression)[0] ?? [], "a");

test("nothing is wanted of a column without demands", () => {
  expect(collect("b > 1")).toEqual(NOTHING_WANTED);
});

test.each([
  ["a IS NULL", { isNull: true }],
  ["a IS NOT NULL", { isNull: false }],
  [
    "a > 1 AND a <= 9",
    {
      isNull: false,
      bounds: [
        { operator: ">", value: "1" },
        { operator: "<=", value: "9" },
      ],
    },
  ],
  ["a IN ('x', 'y', 'z') AND a <> 'y' AND a IN ('y', 'z')", { oneOf: ["z"], noneOf: ["y"] }],
  ["a = 'x'", { oneOf: ["x"] }],
  ["length(a) > 2 AND length(a) < 9", { lengthMin: 3, lengthMax: 8 }],
  ["length(a) = 4", { lengthMin: 4, lengthMax: 4 }],
  ["length(a) <> 0", { lengthMin: 1, lengthMax: undefined }],
  ["length(a) < 0", { lengthMax: 0 }],
  [
    "a ~ 'x' AND a !~ 'y'",
    {
      patterns: [
        { regex: "x", not: false },
        { regex: "y", not: true },
      ],
    },
  ],
  ["position('@' in a) > 0 AND position(' ' in a) = 0", { contains: ["@"], lacks: [" "] }],
  ["a = upper(a)", { fold: "upper" }],
  ["jsonb_typeof(a) = 'array'", { jsonTypes: ["array"] }],
  ["jsonb_typeof(a) IN ('array', 'object') AND jsonb_typeof(a) <> 'array'", { jsonTypes: ["object"] }],
  ["jsonb_array_length(a) > 1", { jsonTypes: ["array"], lengthMin: 2 }],
  ["a @> '[1]'", { jsonTypes: ["array"], includes: ["[1]"] }],
  [
    "a->'b'->>'c' = 'x' AND (a->>'n')::int > 0",
    {
      isNull: false,
      jsonTypes: ["object"],
      fields: [
        ["b", { isNull: false, jsonTypes: ["object"], fields: [["c", { oneOf: ["x"] }]] }],
        ["n", { cast: "int4", bounds: [{ operator: ">", value: "0" }] }],
      ],
    },
  ],
  ["a->>'b' IS NULL", { isNull: undefined, fields: [["b", { isNull: true }]] }],
  ["a % 5 = 0 AND a % 3 = 0", { multiplesOf: ["5", "3"] }],
  ["b % a = 0", { noneOf: ["0"], pairs: [{ column: "b", other: "a" }] }],
])("%s", (expression, expected) => {
  expect(collect(expression)).toMatchObject(expected);
});
