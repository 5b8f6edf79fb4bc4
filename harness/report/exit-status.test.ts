import { expect, test } from "vitest";
import { held, known, releaseOf, runOf, stale, unknown, violated } from "../testing/sample-run.ts";
import { exitCodeOf } from "./exit-status.ts";

test("where nothing at all could be decided, and it was not one part of several, the exit code tells", () => {
  expect(exitCodeOf(runOf(releaseOf(unknown), releaseOf(unknown, unknown)))).toBe(2);
  expect(exitCodeOf({ ...runOf(releaseOf(unknown)), shard: "1/2" })).toBe(0);
  expect(exitCodeOf(runOf(releaseOf()))).toBe(0);
});

test.each([
  ["everything holds", [held], 0],
  ["only known findings are violated", [held, known], 0],
  ["something could not be decided", [held, unknown], 0],
  ["a violation is not in the ledger", [held, violated, known], 1],
  ["the ledger names what holds", [held, stale], 1],
])("where %s, the exit code tells", (_, properties, code) => {
  expect(exitCodeOf(runOf(releaseOf(held), releaseOf(...properties)))).toBe(code);
});
