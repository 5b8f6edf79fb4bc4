import { expect, test } from "vitest";
import { makeMutationRun, sampleResults } from "../testing/sample-mutants.ts";
import { formatMutationJunit } from "./mutation-junit.ts";

const counts = (xml: string) =>
  /<testsuites[^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/.exec(xml)?.slice(1).map(Number);

test("stale equivalent mutants fail, also if nothing was mutated", async () => {
  const xml = formatMutationJunit(await makeMutationRun([], { stale: ["0123456789ab"] }));

  expect(counts(xml)).toEqual([1, 1, 0, 0]);
  expect(xml).toContain("remove 0123456789ab");
});

test("survivors fail only if the score is below the minimum", async () => {
  const low = formatMutationJunit(await makeMutationRun(sampleResults, { scoreMin: 0.95 }));
  const enough = formatMutationJunit(await makeMutationRun(sampleResults, { scoreMin: 0.4 }));

  expect(counts(low)).toEqual([7, 2, 1, 2]);
  expect(counts(enough)).toEqual([7, 0, 1, 2]);
  expect(low).toContain("+ became -, and no property was violated; should have been killed by C1, C2");
});
