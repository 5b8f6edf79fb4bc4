import { expect, test } from "vitest";
import {
  createReleaseResult,
  createRunResult,
  held,
  known,
  stale,
  unknown,
  violated,
} from "../testing/sample-run.ts";
import { getExitCode } from "./exit-status.ts";

test("where nothing at all could be decided, and it was not one part of several, the exit code tells", () => {
  expect(
    getExitCode(createRunResult(createReleaseResult(unknown), createReleaseResult(unknown, unknown))),
  ).toBe(2);
  expect(getExitCode({ ...createRunResult(createReleaseResult(unknown)), shard: "1/2" })).toBe(0);
  expect(getExitCode(createRunResult(createReleaseResult()))).toBe(0);
});

test.each([
  ["everything holds", [held], 0],
  ["only known findings are violated", [held, known], 0],
  ["something could not be decided", [held, unknown], 0],
  ["a violation is not in the ledger", [held, violated, known], 1],
  ["the ledger names what holds", [held, stale], 1],
])("where %s, the exit code tells", (_, properties, code) => {
  expect(getExitCode(createRunResult(createReleaseResult(held), createReleaseResult(...properties)))).toBe(
    code,
  );
});
