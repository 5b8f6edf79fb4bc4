/**
 * Formats the results as JUnit XML. What fails the run is a failure; a known failure passes, with its report as output; an
 * unknown verdict is skipped, or an error where the release itself is the reason.
 */
import junit, { type Builder, type TestCase } from "junit-report-builder";
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { classifyVerdict } from "./exit-status.ts";
import { findLedgerProblems, formatName, type LedgerProblem, splitKinds } from "./kinds.ts";
import type { References } from "./reproduce-line.ts";
import { toSentence } from "./terminal.ts";
import { describeUnjudged, groupByNeed } from "./unmet-needs.ts";
import { formatViolation } from "./violation-text.ts";

const STYLE = { colour: false, width: 100 };

/** What XML 1.0 cannot contain, not even escaped. */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** The package exports its builder itself, and declares it as `default`. */
export const junitBuilder = junit as unknown as Builder;

/** Formats one violation, for the output of its case. */
type FormatOne = (release: ReleaseResult, result: PropertyResult) => readonly string[];

export function formatJunit(run: RunResult, references: References, format?: FormatOne): string {
  return buildJunit(run, references, format).build();
}

/** A suite for each release, a case for each property. */
export function buildJunit(
  run: RunResult,
  references: References,
  format: FormatOne = (release, result) => formatViolation(release, result, STYLE, references),
): Builder {
  const builder = junitBuilder.newBuilder().name(`plumbline ${run.plumbline}, seed ${run.seed}`);
  for (const release of run.releases) {
    const durationMs = release.properties.reduce((sum, result) => sum + result.durationMs, 0);
    const suite = builder.testSuite().name(stripNonXml(release.name)).time(toSeconds(durationMs));
    const addCase = (name: string, ms: number) =>
      suite.testCase().className(stripNonXml(release.name)).name(stripNonXml(name)).time(toSeconds(ms));
    for (const whole of release.properties) {
      for (const [index, result] of splitKinds(whole).entries()) {
        // The time is that of all kinds together.
        const testCase = addCase(`${formatName(result)}: ${result.title}`, index === 0 ? result.durationMs : 0);
        addOutcome(testCase, result, () => escapeCdata(format(release, result).join("\n")));
      }
      if (whole.verdict === "held") continue;
      for (const { name, ...problem } of findLedgerProblems(whole)) {
        addLedgerProblem(addCase(`${name}: ${whole.title}`, 0), name, problem);
      }
    }
  }

  addFolders(builder, run);

  return builder;
}

/** What is to know of a folder of migrations is the output of a case of its own; a need that is not met is an error. */
function addFolders(builder: Builder, { folders = [], releases }: RunResult): void {
  for (const { folder, layout, notes } of folders) {
    const suite = builder.testSuite().name(stripNonXml(folder));
    const testCase = suite
      .testCase()
      .className(stripNonXml(folder))
      .name(stripNonXml(`read as ${layout}`))
      .time(0);
    testCase.standardOutput(escapeCdata(notes.map(toSentence).join("\n")));
  }
  for (const { message, remedy, names } of groupByNeed(releases)) {
    const title = stripNonXml(describeUnjudged(names));
    const testCase = builder.testSuite().name(title).testCase().className(title).name("needs of the migration").time(0);
    testCase.error(stripNonXml(message), "unmet need");
    testCase.standardOutput(escapeCdata(toSentence(remedy)));
  }
}

function addOutcome(testCase: TestCase, result: PropertyResult, format: () => string): void {
  const { violation, blocked, reason = "no reason was given" } = result;
  switch (classifyVerdict(result)) {
    case "held":
      break;
    case "known":
      testCase.standardOutput(format());
      break;
    case "violated":
      testCase.failure(stripNonXml(`got: ${violation?.got ?? "a violation"}`), "violated").stacktrace(format());
      break;
    case "stale":
      for (const { name, ...problem } of findLedgerProblems(result)) addLedgerProblem(testCase, name, problem);
      break;
    case "unknown":
      if (blocked === true) testCase.error(stripNonXml(reason), "unknown");
      else testCase.skipped();
      testCase.standardOutput(escapeCdata(`unknown: ${reason}`));
  }
}

function addLedgerProblem(
  testCase: TestCase,
  name: string,
  { problem, because, hint, entries }: Omit<LedgerProblem, "name">,
): void {
  const cause = because === undefined ? "" : ` (${because})`;
  const text = [`${name} is ${problem}${cause}. ${hint}`, ...entries].join("\n");
  testCase.failure(stripNonXml(text), "stale known failure").stacktrace(escapeCdata(text));
}

/** Text for a CDATA section. The library splits only the first `]]>`; an array in SQL may contain more. */
export function escapeCdata(text: string): string {
  const [first = "", ...others] = stripNonXml(text).split("]]>");

  return others.length === 0 ? first : `${first}]]>${others.join("]]]]><![CDATA[>")}`;
}

export function stripNonXml(text: string): string {
  return text.replace(NOT_XML, "");
}

function toSeconds(durationMs: number): number {
  return Math.round(durationMs) / 1_000;
}
