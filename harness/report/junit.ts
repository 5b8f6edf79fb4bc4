/**
 * The results for a CI server: a failure there is what fails the run, so a finding that the ledger knows passes and is
 * told beside it, and what nobody could decide is skipped, never passed; where the release itself is why, it fails too.
 */
import junit, { type Builder, type TestCase } from "junit-report-builder";
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { classifyVerdict } from "./exit-status.ts";
import type { References } from "./reproduce-line.ts";
import type { Style } from "./style.ts";
import { formatViolation } from "./violation-text.ts";

const style: Style = { colour: false, width: 100 };

/** What XML 1.0 cannot hold, not even escaped. */
const notXml = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** The package exports its builder itself, while its types promise it under `default`. */
const root = junit as unknown as Builder;

/** Everything about one verdict, in lines. */
export type ResultFormatter = (release: ReleaseResult, result: PropertyResult) => readonly string[];

/** JUnit XML: a suite for each release, a case for each property. */
export function formatJunit(
  run: RunResult,
  references: References,
  tell: ResultFormatter = (release, result) => formatViolation(release, result, style, references),
): string {
  const builder = root.newBuilder().name(`plumbline ${run.plumbline}, seed ${run.seed}`);
  for (const release of run.releases) {
    const durationMs = release.properties.reduce((sum, result) => sum + result.durationMs, 0);
    const suite = builder.testSuite().name(xml(release.name)).time(secondsOf(durationMs));
    for (const result of release.properties) {
      const testCase = suite
        .testCase()
        .className(xml(release.name))
        .name(xml(`${result.id}: ${result.title}`))
        .time(secondsOf(result.durationMs));
      classify(testCase, release, result, tell);
    }
  }

  return builder.build();
}

function classify(
  testCase: TestCase,
  release: ReleaseResult,
  result: PropertyResult,
  tell: ResultFormatter,
): void {
  const telling = () => cdata(tell(release, result).join("\n"));
  switch (classifyVerdict(result)) {
    case "held":
      break;
    case "known":
      testCase.standardOutput(telling());
      break;
    case "violated":
      testCase
        .failure(xml(`got: ${result.violation?.got ?? "a violation"}`), "violated")
        .stacktrace(telling());
      break;
    case "stale":
      testCase.failure(xml(staleText(result)), "stale ledger").stacktrace(cdata(staleText(result)));
      break;
    case "unknown":
      if (result.blocked === true) {
        const reason = xml(result.reason ?? "");
        testCase.error(reason, "undecided").standardOutput(cdata(`unknown: ${reason}`));
        break;
      }
      testCase.skipped().standardOutput(cdata(`unknown: ${result.reason ?? "no reason was given"}`));
  }
}

function staleText({ id, because }: PropertyResult): string {
  const reason = because === undefined ? "" : ` (${because})`;

  return `The ledger says that ${id} is violated${reason}, but it held: remove the entry, or find out why.`;
}

/**
 * Text for a CDATA section. The library splits only the first `]]>` of a text, which an array in SQL may well hold:
 * the others are split here.
 */
export function cdata(text: string): string {
  const [first = "", ...others] = xml(text).split("]]>");

  return others.length === 0 ? first : `${first}]]>${others.join("]]]]><![CDATA[>")}`;
}

/** The text without what XML cannot hold. */
export function xml(text: string): string {
  return text.replace(notXml, "");
}

function secondsOf(durationMs: number): number {
  return Math.round(durationMs) / 1_000;
}
