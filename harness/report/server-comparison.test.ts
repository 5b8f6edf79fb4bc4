import { expect, test } from "vitest";
import { held, known, releaseOf, runOf, unknown, violated } from "../testing/sample-run.ts";
import { compareWithMemory, tellComparison } from "./server-comparison.ts";

const style = { colour: false, width: 80 };
const memory = { kind: "memory", version: "pg-mem 3.0.14" };

test("only what both decided is compared, and a difference is told with what each says", () => {
  const mine = {
    ...runOf(releaseOf(held, { ...violated, verdict: "held" as const }, known)),
    server: memory,
  };
  const theirs = runOf(releaseOf(held, violated, { ...known, verdict: "unknown" as const }));
  const comparison = compareWithMemory(mine, theirs);
  const told = tellComparison(comparison, mine, theirs, style).replace(/\s+/g, " ");

  expect(comparison.compared).toBe(2);
  expect(comparison.disagreements.map(({ memory: { id } }) => id)).toEqual([violated.id]);
  expect(told).toContain("differ on 1 of 2 properties");
  expect(told).toContain(`PostgreSQL violated (${violated.violation?.got})`);
});

test("what memory leaves undecided is no difference", () => {
  const mine = { ...runOf(releaseOf(held, unknown)), server: memory };
  const theirs = runOf(releaseOf(held, { ...unknown, verdict: "held" as const }));
  const comparison = compareWithMemory(mine, theirs);

  const nothing = { ...mine, releases: [releaseOf(unknown)] };
  expect(tellComparison(compareWithMemory(nothing, theirs), nothing, theirs, style)).toContain(
    "Nothing was decided by both",
  );
  expect(comparison).toEqual({ compared: 1, disagreements: [] });
  expect(tellComparison(comparison, mine, theirs, style)).toContain("agree on all 1 property");
});
