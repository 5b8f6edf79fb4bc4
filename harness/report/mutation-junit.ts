/**
 * Mutants for a CI server: a suite for each step, a case for each mutant. A failure there is what fails the run, so a
 * survivor fails only where the score is lower than what was asked for; what does not count is skipped (pure).
 */
import junit, { type Builder, type TestCase } from "junit-report-builder";
import type { Tried } from "../mutation/mutant-status.ts";
import { computeScore, expectedKillers, reachesScore } from "../mutation/score.ts";
import { cdata, xml } from "./junit.ts";
import { type MutationRun, staleText } from "./mutation-terminal.ts";

/** The package exports its builder itself, while its types promise it under `default`. */
const root = junit as unknown as Builder;

/** JUnit XML. */
export function formatMutationJunit(run: MutationRun): string {
  const { release, tried, seed, scoreMin } = run;
  const enough = reachesScore(computeScore(release.name, tried), scoreMin);
  const builder = root.newBuilder().name(xml(`mutants of ${release.name}, seed ${seed}`));
  for (const step of new Set(tried.map(({ mutant }) => mutant.step))) {
    const suite = builder.testSuite().name(xml(`${release.name}, ${step}`));
    for (const one of tried.filter(({ mutant }) => mutant.step === step)) {
      const { id, line, description } = one.mutant;
      const testCase = suite
        .testCase()
        .className(xml(`${release.name}.${one.mutant.operator}`))
        .name(xml(`${id}, line ${line}: ${description}`))
        .time(one.durationMs / 1_000);
      classify(testCase, one, run, enough);
    }
  }

  if (run.stale.length > 0) {
    const testCase = builder.testSuite().name(xml(release.name)).testCase().className(xml(release.name));
    testCase.name("equivalent-mutants.json").failure(xml(staleText(release, run.stale)), "stale");
  }

  return builder.build();
}

function classify(testCase: TestCase, one: Tried, { tried }: MutationRun, enough: boolean): void {
  const { fate, mutant } = one;
  switch (fate.status) {
    case "killed":
    case "limit":
      testCase.standardOutput(cdata(`noticed by ${fate.by}`));
      break;
    case "survived": {
      const ought = expectedKillers(one, tried);
      const whom = ought.length === 0 ? "" : `; ought to have been noticed by ${ought.join(", ")}`;
      const text = `${mutant.original} became ${mutant.replacement}, and nobody noticed${whom}`;
      if (enough) testCase.standardOutput(cdata(text));
      else testCase.failure(xml(text), "survived");
      break;
    }
    case "equivalent":
      testCase.skipped().standardOutput(cdata(`equivalent: ${fate.because}`));
      break;
    case "invalid":
      testCase.skipped().standardOutput(cdata(`invalid: ${fate.message}`));
      break;
    case "trouble":
      testCase.error(xml(`${fate.by}: ${fate.message}`), "trouble");
  }
}
