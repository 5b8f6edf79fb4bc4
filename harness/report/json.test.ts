import fc from "fast-check";
import {
  unknown as anything,
  array,
  boolean,
  type InferOutput,
  literal,
  number,
  object,
  optional,
  parse,
  picklist,
  strictObject,
  string,
} from "valibot";
import { expect, test } from "vitest";
import { createReleaseResult, createRunResult, mixed, references, violated } from "../testing/sample-run.ts";
import { toJson } from "./json.ts";

const property = strictObject({
  id: string(),
  title: string(),
  rule: string(),
  verdict: picklist(["held", "violated", "unknown"]),
  expected: boolean(),
  runs: number(),
  durationMs: number(),
  reason: optional(string()),
  because: optional(string()),
  shrinks: optional(number()),
  counterexample: optional(anything()),
  seed: optional(number()),
  path: optional(string()),
  script: optional(string()),
  violation: optional(strictObject({ expected: string(), got: string(), hint: optional(string()) })),
});
const report = strictObject({
  plumbline: literal("0.1.0"),
  seed: number(),
  server: strictObject({ kind: string(), version: string() }),
  durationMs: number(),
  releases: array(
    strictObject({
      name: string(),
      folder: string(),
      properties: array(property),
      questions: array(object({ id: string(), lines: optional(array(string())) })),
    }),
  ),
});

function written(counterexample: unknown = violated.counterexample): InferOutput<typeof report> {
  const run = createRunResult({
    ...mixed,
    properties: [...mixed.properties, { ...violated, counterexample }],
  });
  const value: unknown = JSON.parse(JSON.stringify(toJson(run, references.scripts)));

  return parse(report, value);
}

test("the report has its fixed form, without the fields that a verdict does not have", () => {
  const [first, second] = written().releases[0]?.properties ?? [];

  expect(written().releases[0]?.questions[0]?.lines).toEqual(["ai: 40 %", "whatsapp: 30 %"]);
  expect(first).toEqual({
    id: "A1",
    title: expect.any(String),
    rule: "A1",
    verdict: "held",
    expected: true,
    runs: 200,
    durationMs: 120,
  });
  expect(second).toMatchObject({
    verdict: "violated",
    expected: false,
    shrinks: 7,
    counterexample: { credits: -1 },
    seed: 42,
    path: "3:1:0",
    script: "plumbline-out/phase-3.5-published/C3-negative.sql",
    violation: { got: expect.stringContaining("501 credits") },
  });
});

test("what other JSON readers reject is text", () => {
  const odd = {
    big: 2n ** 70n,
    none: Number.NaN,
    zero: "\0",
    lone: "\ud800",
    "\udc00": [undefined, null],
    left: undefined,
  };

  expect(written(odd).releases[0]?.properties.at(-1)?.counterexample).toEqual({
    big: "1180591620717411303424",
    none: "NaN",
    zero: "\\u{0}",
    lone: "\\u{d800}",
    "\\u{dc00}": [null, null],
  });
});

test("any generated value can be written, even a circular one", () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  expect(written(circular).releases[0]?.properties.at(-1)?.counterexample).toEqual({ self: "[circular]" });

  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true }), (value) => {
      const text = JSON.stringify(
        toJson(createRunResult(createReleaseResult({ ...violated, counterexample: value })), new Map()),
      );

      // JSON.stringify escapes both kinds; an escaped backslash before them is text.
      expect(text.replaceAll("\\\\", "")).not.toMatch(/\\ud[89a-f]|\\u0000/i);
    }),
  );
});
