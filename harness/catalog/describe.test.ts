import { expect, test } from "vitest";
import { compareCatalogs, describeDifferences } from "./difference.ts";
import type { ObjectProperties } from "./facts.ts";

test("no difference", () => {
  expect(describeDifferences([])).toBe("no difference");
});

test("a report stops at the limit and counts the rest", () => {
  const before = new Map([["function public.f(uuid)", { "security definer": "true" }]]);
  const after = new Map<string, ObjectProperties>([
    ["column public.t.a", {}],
    ["function public.f(uuid)", { "security definer": "false" }],
    ["view a", {}],
    ["view b", {}],
  ]);

  expect(describeDifferences(compareCatalogs(before, after), 2)).toBe(
    "column public.t.a was added; function public.f(uuid): security definer true -> false; and 2 more",
  );
  expect(describeDifferences(compareCatalogs(before, after), 0)).toBe("4 differences");
});

test("a report stays on one line, shows where long values part, and lets no control character through", () => {
  const body = `BEGIN\n${"  PERFORM 1;\n".repeat(50)}`;
  const report = describeDifferences([
    {
      kind: "changed",
      object: "f",
      property: "body",
      before: `${body}a := 0.4;`,
      after: `${body}a := 0.5;\u001b[2J`,
    },
    { kind: "changed", object: "g", property: "body", before: "a  b", after: "a\nb" },
  ]);

  expect(report).toBe(
    "f: body …; PERFORM 1; a := 0.4; -> …; PERFORM 1; a := 0.5;\\u001b[2J; g: body differs in white space only",
  );
});
