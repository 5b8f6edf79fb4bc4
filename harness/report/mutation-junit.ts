/**
 * Formats mutants as JUnit XML: a suite for each step, a case for each mutant. A survivor is a failure only if it fails
 * the run, by a score below the minimum; mutants that do not count are skipped (pure).
 */
import type { TestCase } from "junit-report-builder";
import type { MutantResult } from "../mutation/mutant.ts";
import { computeScore, expectedKillers, reachesScore } from "../mutation/score.ts";
import { escapeCdata, junitBuilder, stripNonXml } from "./junit.ts";
import { formatStale, type MutationRun } from "./mutation-terminal.ts";

export function formatMutationJunit(run: MutationRun): string {
  const { release, results, stale, seed, scoreMin } = run;
  const isEnough = reachesScore(computeScore(release.name, results), scoreMin);
  const builder = junitBuilder.newBuilder().name(stripNonXml(`mutants of ${release.name}, seed ${seed}`));
  for (const step of new Set(results.map(({ mutant }) => mutant.step))) {
    const suite = builder.testSuite().name(stripNonXml(`${release.name}, ${step}`));
    for (const result of results.filter(({ mutant }) => mutant.step === step)) {
      const { id, line, description, operator } = result.mutant;
      const testCase = suite
        .testCase()
        .className(stripNonXml(`${release.name}.${operator}`))
        .name(stripNonXml(`${id}, line ${line}: ${description}`))
        .time(result.durationMs / 1_000);
      addOutcome(testCase, result, run, isEnough);
    }
  }

  if (stale.length > 0) {
    const testCase = builder.testSuite().name(stripNonXml(release.name)).testCase();
    testCase
      .className(stripNonXml(release.name))
      .name("equivalent-mutants.json")
      .failure(stripNonXml(formatStale(release, stale)), "stale");
  }

  return builder.build();
}

function addOutcome(testCase: TestCase, result: MutantResult, { results }: MutationRun, isEnough: boolean): void {
  const { status, property = "migrating", reason = "", mutant } = result;
  switch (status) {
    case "killed":
    case "timeout":
      testCase.standardOutput(escapeCdata(`${status === "killed" ? "killed by" : "timed out:"} ${property}`));
      break;
    case "survived": {
      const expected = expectedKillers(result, results);
      const advice = expected.length === 0 ? "" : `; should have been killed by ${expected.join(", ")}`;
      const text = `${mutant.original} became ${mutant.replacement}, and no property was violated${advice}`;
      if (isEnough) testCase.standardOutput(escapeCdata(text));
      else testCase.failure(stripNonXml(text), status);
      break;
    }
    case "equivalent":
    case "compileError":
      testCase.skipped().standardOutput(escapeCdata(`${status}: ${reason}`));
      break;
    case "runtimeError":
      testCase.error(stripNonXml(`${property}: ${reason}`), status);
  }
}
