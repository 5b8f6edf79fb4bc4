import { expect, test } from "vitest";
import type { Fate, Second, Tried } from "./mutant-status.ts";
import { isHalfKnown, meritsOf } from "./unique-kills.ts";

const killed = (by: string, second?: Second): Fate => ({
  ...{ status: "killed", by, expected: "", got: "" },
  ...(second === undefined ? {} : { second }),
});
const tried = (fate: Fate): Tried => ({ mutant: {} as Tried["mutant"], fate, durationMs: 1 });

test("what a property alone noticed is counted, the most first, and who noticed nothing alone is named", () => {
  const all = [
    killed("C1", {}),
    killed("A1", {}),
    killed("A1", {}),
    killed("C2", { by: "C1" }),
    // By nobody's merit.
    { status: "limit", by: "C3", message: "" },
    { status: "survived", asked: ["C1"] },
  ] as const;
  const merits = meritsOf(all.map(tried), ["A1", "C1", "C2", "C3"]);

  expect([...(merits?.alone ?? [])]).toEqual([
    ["A1", 2],
    ["C1", 1],
  ]);
  expect(merits?.never).toEqual(["C2", "C3"]);
});

test("nothing is said while the others were not asked about a single mutant", () => {
  expect(meritsOf([killed("C1", {}), killed("C1")].map(tried), ["C1"])).toBeUndefined();
  expect(isHalfKnown(killed("C1", {}))).toBe(false);
  expect(isHalfKnown({ status: "survived", asked: [] })).toBe(false);
});
