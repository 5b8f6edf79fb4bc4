/**
 * Writes the report files of a run.
 */
import { writeAtomically } from "../files/write-file.ts";
import type { RunResult } from "../property/verdict.ts";
import { toJson } from "../report/json.ts";
import type { References } from "../report/reproduce-line.ts";

/** The paths, as the command line has them. */
export interface ReportFiles {
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
}

/** @throws HarnessError where a file cannot be written */
export async function writeReports(
  run: RunResult,
  references: References,
  { json, junit, html }: ReportFiles,
): Promise<void> {
  if (json !== undefined) {
    await writeAtomically(json, `${JSON.stringify(toJson(run, references.scripts), undefined, 2)}\n`);
  }
  // The other formats are loaded when they are needed: each takes its time.
  if (junit !== undefined) {
    const { formatJunit } = await import("../report/junit.ts");
    await writeAtomically(junit, formatJunit(run, references));
  }
  if (html !== undefined) {
    const { formatHtml } = await import("../report/html.ts");
    await writeAtomically(html, formatHtml([{ run, references }]));
  }
}
