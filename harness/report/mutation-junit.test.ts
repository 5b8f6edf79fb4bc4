import { expect, test } from "vitest";
import { makeMutationRun, sampleResults } from "../testing/sample-mutants.ts";
import { formatMutationJunit } from "./mutation-junit.ts";

const counts = (xml: string) =>
  /<testsuites[^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/
    .exec(xml)
    ?.slice(1)
    .map(Number);

test("a list of mutants that are gone fails, also where nothing was mutated", async () => {
  const xml = formatMutationJunit(await makeMutationRun([], { stale: ["0123456789ab"] }));

  expect(counts(xml)).toEqual([1, 1, 0, 0]);
  expect(xml).toContain("remove 0123456789ab");
});

test("survivors fail where the score is lower than what was asked for, and only there", async () => {
  const low = formatMutationJunit(await makeMutationRun(sampleResults, { scoreMin: 0.95 }));
  const enough = formatMutationJunit(await makeMutationRun(sampleResults, { scoreMin: 0.4 }));

  expect(counts(low)).toEqual([7, 2, 1, 2]);
  expect(counts(enough)).toEqual([7, 0, 1, 2]);
  expect(low).toContain("+ became -, and nobody noticed; ought to have been noticed by C1, C2");
});
