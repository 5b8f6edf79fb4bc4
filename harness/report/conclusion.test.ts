import { expect, test } from "vitest";
import type { PropertyResult } from "../property/verdict.ts";
import { held, known, stale, unknown, violated } from "../testing/sample-run.ts";
import { formatConclusion } from "./conclusion.ts";

const as = (result: PropertyResult, rule: string, suffix = ""): PropertyResult => ({
  ...result,
  rule,
  id: `${rule}${suffix}`,
});

test("in memory the sentence names what could", () => {
  expect(formatConclusion("x", [unknown], "memory")).toBe(
    "x leaves 1 of 1 rule undecided: it needs a real server (--server embedded).",
  );
  expect(formatConclusion("x", [held, unknown, as(unknown, "R2")], "memory")).toBe(
    "x keeps the 1 rule that was checked; leaves 2 of 3 rules undecided: they need a real server (--server embedded).",
  );
});

const cases: [string, PropertyResult[], string][] = [
  ["that all rules are kept", [held, as(held, "A2")], "x keeps all 2 rules that were checked."],
  [
    "that only known rules are broken",
    [held, known, as(known, "C3")],
    "x must not ship: 2 rules broken, all of them known (C5, C3).",
  ],
  [
    "which rules are broken without the ledger knowing",
    [violated, known],
    "x must not ship: 1 rule broken that the ledger does not know (C3), besides 1 that it knows (C5).",
  ],
  ["that nothing was checked", [], "x was not checked: no property was chosen."],
  [
    "what is unknown, and why, and never that it is kept",
    [held, unknown, as(unknown, "R2")],
    "x keeps the 1 rule that was checked; leaves 2 rules undecided: " +
      "R1, R2 (the release has no emergency rollback).",
  ],
  [
    "that it must not ship where the release itself keeps a rule from being decided",
    [held, { ...unknown, blocked: true }],
    "x keeps the 1 rule that was checked; must not ship as it is: it leaves 1 rule undecided: " +
      "R1 (the release has no emergency rollback).",
  ],
  [
    "nothing of kept rules where all are unknown",
    [unknown],
    "x leaves 1 rule undecided: R1 (the release has no emergency rollback).",
  ],
  [
    "that the ledger is stale",
    [held, stale],
    "x keeps all 2 rules that were checked. Its ledger is stale: it names G2, which holds.",
  ],
];

test.each(cases)("the conclusion says %s", (_, results, sentence) => {
  expect(formatConclusion("x", results)).toBe(sentence);
});

test("a rule of several properties is counted once, under the worst of them", () => {
  const several = [
    as(held, "C3", "-zero"),
    as(known, "C3", "-null"),
    as(unknown, "A1", "-b"),
    as(held, "A1", "-a"),
  ];

  expect(formatConclusion("x", several)).toBe(
    "x must not ship: 1 rule broken, and it is known (C3); leaves 1 rule undecided: " +
      "A1 (the release has no emergency rollback).",
  );
});
