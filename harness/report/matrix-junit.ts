/** Formats a matrix as JUnit XML: a suite for each release on each version, and one for what differs between them (pure). */
import type { TestCase } from "junit-report-builder";
import { compareVersions, describeDifference, isFault } from "./compare-versions.ts";
import { buildJunit, escapeCdata, stripNonXml } from "./junit.ts";
import { joinMatrix, type MatrixRun } from "./matrix.ts";
import type { References } from "./reproduce-line.ts";

/** What fails the matrix is a failure here: another difference passes, with its text as output. */
export function formatMatrixJunit(matrix: MatrixRun, references: References): string {
  const { runs, untried } = matrix;
  const builder = buildJunit(joinMatrix(matrix), references);
  const differences = compareVersions(runs);
  if (differences.length + untried.length === 0) return builder.build();
  const suite = builder.testSuite().name("differences between versions");
  const addCase = (className: string, name: string): TestCase =>
    suite.testCase().className(stripNonXml(className)).name(stripNonXml(name)).time(0);
  for (const difference of differences) {
    const { title, lines } = describeDifference(difference);
    const testCase = addCase(difference.release, title);
    const text = [title, ...lines].join("\n");
    if (isFault(difference)) testCase.failure(stripNonXml(text), "differs").stacktrace(escapeCdata(text));
    else testCase.standardOutput(escapeCdata(text));
  }
  for (const { major, problem } of untried) {
    addCase("versions", `PostgreSQL ${major}`).error(stripNonXml(`${major} could not be run: ${problem}`), "not run");
  }

  return builder.build();
}
