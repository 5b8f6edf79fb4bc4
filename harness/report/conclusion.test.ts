import { expect, test } from "vitest";
import type { PropertyResult } from "../property/verdict.ts";
import { held, known, stale, unknown, violated } from "../testing/sample-run.ts";
import { formatConclusion } from "./conclusion.ts";

const as = (result: PropertyResult, rule: string, suffix = ""): PropertyResult => ({
  ...result,
  rule,
  id: `${rule}${suffix}`,
});

const cases: [string, PropertyResult[], string][] = [
  ["that all rules held", [held, as(held, "A2")], "x: all 2 rules checked held"],
  [
    "that all violations are known failures",
    [held, known, as(known, "C3")],
    "x: 2 rules violated, all listed as known failures",
  ],
  [
    "which rules are newly violated",
    [violated, known],
    "x must not ship: 1 rule violated, not listed as a known failure (C3), and 1 listed as known",
  ],
  ["that no rule was checked", [], "x: not checked: no property was selected"],
  [
    "which rules are unknown, and why",
    [held, unknown, as(unknown, "R2")],
    "x: the 1 rule checked held; 2 rules unknown: R1, R2 (the release has no emergency rollback)",
  ],
  [
    "that the release must not ship where it keeps a rule from being decided itself",
    [held, { ...unknown, blocked: true }],
    "x must not ship: the 1 rule checked held; 1 rule unknown: R1 (the release has no emergency rollback)",
  ],
  [
    "which known failures are out of date",
    [held, stale],
    "x: all 2 rules checked held; the known failures are out of date: G2 held",
  ],
];

test.each(cases)("the conclusion says %s", (_, results, sentence) => {
  expect(formatConclusion("x", results)).toBe(sentence);
});

test("a rule of several properties is counted once, under the worst of them", () => {
  const several = [as(held, "C3", "-zero"), as(known, "C3", "-null"), as(unknown, "A1", "-b"), as(held, "A1", "-a")];

  expect(formatConclusion("x", several)).toBe(
    "x: 1 rule violated, listed as a known failure; 1 rule unknown: A1 (the release has no emergency rollback)",
  );
});

test("in memory the conclusion names the server that decides the rest", () => {
  expect(formatConclusion("x", [held, unknown, as(unknown, "R2")], "memory")).toBe(
    "x: the 1 rule checked held; 2 rules unknown, for a real server to decide (--server embedded)",
  );
});
