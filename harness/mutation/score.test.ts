import { describe, expect, test } from "vitest";
import type { Fate, Tried } from "./mutant-status.ts";
import { suspectsOf } from "./prioritize.ts";
import { computeScore, countKills, expectedKillers, groupScores } from "./score.ts";

const killed = (by: string): Fate => ({ status: "killed", by, expected: "", got: "" });
const survived: Fate = { status: "survived", asked: ["C1", "C2", "A1"] };

function tried(fate: Fate, { operator = "sign", object = "consume" } = {}): Tried {
  return { mutant: { operator, object, step: "2.2.sql" } as Tried["mutant"], fate, durationMs: 1 };
}

describe("the score", () => {
  test("who ran into the limit was noticed, who brought the harness to grief was not, the rest does not count", () => {
    const all = [
      killed("C1"),
      { status: "limit", by: "C1", message: "" },
      survived,
      { status: "trouble", by: "C1", message: "" },
      { status: "invalid", message: "" },
      { status: "equivalent", because: "" },
    ] as const;

    expect(
      computeScore(
        "all",
        all.map((fate) => tried(fate)),
      ).share,
    ).toBe(0.5);
    expect(computeScore("none", [tried({ status: "invalid", message: "" })]).share).toBeNaN();
  });

  test("groups come in the order in which they are first met", () => {
    const scores = groupScores(
      [
        tried(killed("C1"), { object: "b" }),
        tried(survived, { object: "a" }),
        tried(survived, { object: "b" }),
      ],
      ({ mutant }) => mutant.object ?? "",
    );

    expect(scores.map(({ name, share }) => [name, share])).toEqual([
      ["b", 0.5],
      ["a", 0],
    ]);
  });
});

describe("who ought to have noticed", () => {
  test("whoever noticed the same mistake in the same place, then whoever noticed most there, if they were asked", () => {
    const survivor = tried(survived);
    const others = [
      tried(killed("C1"), { operator: "other" }),
      tried(killed("C1"), { operator: "other" }),
      tried(killed("C2")),
      tried(killed("G1")),
      tried(killed("A1"), { object: "elsewhere" }),
    ];

    expect(expectedKillers(survivor, [survivor, ...others])).toEqual(["C2", "C1"]);
    expect([...countKills(others)][0]).toEqual(["C1", 2]);
  });
});

describe("suspects", () => {
  const suspect = (id: string, cost: "call" | "migration" | "crash", ...reads: string[]) => ({
    property: { id, cost },
    reads: new Set(reads),
  });
  const all = [
    suspect("R1", "migration", "migrate", "rollback.emergency"),
    suspect("M2", "crash", "migrate"),
    suspect("C1", "call", "migrate"),
    suspect("V1", "migration", "verify"),
  ];
  const asked = (lead: { list: string; sameResult: boolean }, expected: [string, number][] = []) =>
    suspectsOf(all, { ...lead, expectation: new Map(expected) }).map(({ property }) => property.id);

  test("the cheap ones are asked first, and who only sees the result is not asked where that is the same", () => {
    expect(asked({ list: "migrate", sameResult: false })).toEqual(["C1", "R1", "V1", "M2"]);
    expect(asked({ list: "migrate", sameResult: true })).toEqual(["R1", "V1", "M2"]);
  });

  test("who noticed the likes of it is asked first, the dear ones only where they noticed much more", () => {
    const lead = { list: "migrate", sameResult: false };
    expect(asked(lead, [["R1", 3]])).toEqual(["C1", "R1", "V1", "M2"]);
    expect(asked(lead, [["R1", 8]])).toEqual(["R1", "C1", "V1", "M2"]);
    const both = (dear: number): [string, number][] => [
      ["R1", 8],
      ["M2", dear],
    ];
    expect(asked(lead, both(20))).toEqual(["R1", "M2", "C1", "V1"]);
    expect(asked(lead, both(30))).toEqual(["M2", "R1", "C1", "V1"]);
  });

  test("who never reads the list is not asked about it", () => {
    expect(asked({ list: "rollback.emergency", sameResult: true })).toEqual(["R1"]);
    expect(asked({ list: "verify", sameResult: true })).toEqual(["V1"]);
  });
});
