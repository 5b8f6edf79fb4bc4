import { describe, expect, test } from "vitest";
import type { MutantOutcome, MutantResult } from "./mutant.ts";
import { computeScore, countKills, expectedKillers, groupScores, scoreRules } from "./score.ts";

const CHECKED = ["A1", "C1", "C2-exact", "C2-message", "K1"];
const killedBy = (property: string): MutantOutcome => ({ status: "killed", property });
const survived: MutantOutcome = { status: "survived", coveredBy: CHECKED };

function result(outcome: MutantOutcome, { operator = "sign", object = "consume" } = {}): MutantResult {
  const mutant = { operator, object, step: "2.2.sql" } as MutantResult["mutant"];

  return { mutant, ...outcome, durationMs: 1 };
}

describe("the score", () => {
  test("counts timeouts as detected, runtime errors as undetected, and neither compile errors nor equivalents", () => {
    const statuses = ["killed", "timeout", "survived", "runtimeError", "compileError", "equivalent"] as const;
    const results = statuses.map((status) => result({ status }));

    expect(computeScore("all", results)).toMatchObject({ share: 0.5, total: 4 });
    expect(computeScore("none", results.slice(4)).share).toBeNaN();
  });

  test("of groups comes in the order of their first mutants", () => {
    const results = [
      result(killedBy("C1"), { object: "b" }),
      result(survived, { object: "a" }),
      result(survived, { object: "b" }),
    ];
    const scores = groupScores(results, ({ mutant }) => mutant.object ?? "");

    expect(scores.map(({ name, share }) => [name, share])).toEqual([
      ["b", 0.5],
      ["a", 0],
    ]);
  });
});

test("the expected killers of a survivor killed the same operator's mutants of its object, then any of its object", () => {
  const survivor = result({ status: "survived", coveredBy: ["C1", "C2", "A1"] });
  const others = [
    result(killedBy("C1"), { operator: "other" }),
    result(killedBy("C1"), { operator: "other" }),
    result(killedBy("C2")),
    result(killedBy("G1")),
    result(killedBy("A1"), { object: "elsewhere" }),
  ];

  expect(expectedKillers(survivor, [survivor, ...others])).toEqual(["C2", "C1"]);
  expect([...countKills(others)][0]).toEqual(["C1", 2]);
});

describe("the score of a rule", () => {
  test("is that of the mutants that its properties detected first, and of the survivors that they should kill", () => {
    const { scores } = scoreRules(
      [
        result(killedBy("C2-exact")),
        result(killedBy("C2-message")),
        result({ status: "timeout", property: "C1" }),
        result(survived),
        result({ status: "runtimeError", property: "A1" }, { object: "allocate" }),
      ],
      CHECKED,
    );

    expect(scores.map(({ name, share }) => [name, share])).toEqual([
      ["A1", 0],
      ["C1", 1 / 2],
      ["C2", 2 / 3],
    ]);
  });

  test("is absent without a mutant, and survivors of no rule are counted", () => {
    const { scores, unclaimed, idle } = scoreRules(
      [
        result(killedBy("K1")),
        result(survived, { object: "elsewhere" }),
        // Without a property: while migrating.
        result({ status: "timeout" }),
        result({ status: "compileError" }),
        result({ status: "equivalent" }),
      ],
      CHECKED,
    );

    expect(scores.map(({ name, counts }) => [name, counts.killed, counts.survived])).toEqual([["K1", 1, 0]]);
    expect(unclaimed).toBe(1);
    expect(idle).toEqual(["A1", "C1", "C2"]);
  });
});
