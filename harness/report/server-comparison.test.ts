import { expect, test } from "vitest";
import { createReleaseResult, createRunResult, held, known, unknown, violated } from "../testing/sample-run.ts";
import { compareWithMemory, formatServerComparison } from "./server-comparison.ts";

const style = { colour: false, width: 80 };
const memory = { kind: "memory", version: "pg-mem 3.0.14" };

test("only properties that both decided are compared, and a difference shows both verdicts", () => {
  const mine = {
    ...createRunResult(createReleaseResult(held, { ...violated, verdict: "held" as const }, known)),
    server: memory,
  };
  const theirs = createRunResult(createReleaseResult(held, violated, { ...known, verdict: "unknown" as const }));
  const comparison = compareWithMemory(mine, theirs);
  const text = formatServerComparison(comparison, mine, theirs, style).replace(/\s+/g, " ");

  expect(comparison.compared).toBe(2);
  expect(comparison.disagreements.map(({ memory: { id } }) => id)).toEqual([violated.id]);
  expect(text).toContain("differ on 1 of 2 properties");
  expect(text).toContain(`PostgreSQL: violated (${violated.violation?.got})`);
});

test("a verdict that is unknown in memory is no difference", () => {
  const mine = { ...createRunResult(createReleaseResult(held, unknown)), server: memory };
  const theirs = createRunResult(createReleaseResult(held, { ...unknown, verdict: "held" as const }));
  const comparison = compareWithMemory(mine, theirs);

  const nothing = { ...mine, releases: [createReleaseResult(unknown)] };
  expect(formatServerComparison(compareWithMemory(nothing, theirs), nothing, theirs, style)).toContain(
    "Nothing was decided by both",
  );
  expect(comparison).toEqual({ compared: 1, disagreements: [] });
  expect(formatServerComparison(comparison, mine, theirs, style)).toContain("agree on all 1 property");
});
