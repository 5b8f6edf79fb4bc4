import { expect, test } from "vitest";
import { createReleaseResult, createRunResult, held, known, stale, unknown, violated } from "../testing/sample-run.ts";
import { getExitCode } from "./exit-status.ts";

test("the exit code is 2 where all verdicts are unknown, unless the run is a shard", () => {
  expect(getExitCode(createRunResult(createReleaseResult(unknown), createReleaseResult(unknown, unknown)))).toBe(2);
  expect(getExitCode({ ...createRunResult(createReleaseResult(unknown)), shard: "1/2" })).toBe(0);
  expect(getExitCode(createRunResult(createReleaseResult()))).toBe(0);
});

test.each([
  ["all properties held", [held], 0],
  ["only known failures happened", [held, known], 0],
  ["a verdict is unknown", [held, unknown], 0],
  ["a violation is new", [held, violated, known], 1],
  ["a known failure no longer happens", [held, stale], 1],
  ["the release itself keeps a rule from being decided", [held, { ...unknown, blocked: true }], 1],
])("where %s, the exit code is right", (_, properties, code) => {
  expect(getExitCode(createRunResult(createReleaseResult(held), createReleaseResult(...properties)))).toBe(code);
});

test("where the needs of a migration are not met, the exit code is 2, unless another is violated", () => {
  const unmet = { ...createReleaseResult(unknown), need: { message: "no vector", remedy: "Use another server" } };

  expect(getExitCode(createRunResult(createReleaseResult(held), unmet))).toBe(2);
  expect(getExitCode(createRunResult(createReleaseResult(violated), unmet))).toBe(1);
});
