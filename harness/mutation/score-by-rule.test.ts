import { expect, test } from "vitest";
import type { Fate, Tried } from "./mutant-status.ts";
import { scoreRules } from "./score-by-rule.ts";

const ASKED = ["A1", "C1", "C2-exact", "C2-message", "K1"];

const killed = (by: string): Fate => ({ status: "killed", by, expected: "", got: "" });
const survived: Fate = { status: "survived", asked: ASKED };

function tried(fate: Fate, object = "consume"): Tried {
  return { mutant: { operator: "sign", object, step: "2.2.sql" } as Tried["mutant"], fate, durationMs: 1 };
}

test("a rule is told what its properties noticed first, and what they ought to have noticed", () => {
  const { scores } = scoreRules(
    [
      tried(killed("C2-exact")),
      tried(killed("C2-message")),
      tried({ status: "limit", by: "C1", message: "" }),
      tried(survived),
      tried({ status: "trouble", by: "A1", message: "" }, "allocate"),
    ],
    ASKED,
  );

  expect(scores.map(({ name, share }) => [name, share])).toEqual([
    ["A1", 0],
    ["C1", 1 / 2],
    ["C2", 2 / 3],
  ]);
});

test("a rule that no mutant counts for is named, and so many survivors that count for none", () => {
  const { scores, unclaimed, idle } = scoreRules(
    [
      tried(killed("K1")),
      tried(survived, "elsewhere"),
      // Migrating is no property, and these two say nothing about any.
      tried({ status: "limit", by: "migrating", message: "" }),
      tried({ status: "invalid", message: "" }),
      tried({ status: "equivalent", because: "" }),
    ],
    ASKED,
  );

  expect(scores.map(({ name, counts }) => [name, counts.killed, counts.survived])).toEqual([["K1", 1, 0]]);
  expect(unclaimed).toBe(1);
  expect(idle).toEqual(["A1", "C1", "C2"]);
});
