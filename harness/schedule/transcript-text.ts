/**
 * Formats a transcript, one line an event (pure).
 */
import type { StatementResult } from "../database/session.ts";
import { describeInvalidPermutation } from "./order.ts";
import { stepName, type Transcript, type TranscriptEvent } from "./schedule.ts";

/** Rows of a result that are shown. */
const ROWS_MAX = 3;

/**
 * For instance:
 *
 *     first.consume   t
 *     second.consume  waits for first
 *     first.commit    done
 *     second.consume  resumes: ERROR: Insufficient ai credits. Available: 40, Required: 60 (SQLSTATE P0001)
 */
export function formatTranscript({ events, invalid }: Transcript): string {
  const width = Math.max(0, ...events.map((event) => stepName(event).length));
  const lines = events.map((event) => `${stepName(event).padEnd(width)}  ${formatEvent(event)}`);

  return [...lines, ...(invalid === undefined ? [] : [describeInvalidPermutation(invalid)])].join("\n");
}

/** `waits for first`, `resumes: t`. */
export function formatEvent(event: TranscriptEvent): string {
  if (event.kind === "waits") {
    return event.blockedBy.length === 0 ? "waits" : `waits for ${event.blockedBy.join(", ")}`;
  }

  return `${event.kind === "resumes" ? "resumes: " : ""}${formatResult(event.outcome)}`;
}

/** The SQL error, or the first rows. */
export function formatResult({ error, rows, columns }: StatementResult): string {
  if (error !== undefined) {
    return `ERROR: ${oneLine(error.message)} (SQLSTATE ${error.code})`;
  }
  if (columns.length === 0) return "done";
  const shown = rows.slice(0, ROWS_MAX).map((row) => row.map((value) => value ?? "NULL").join(" | "));
  const more = rows.length > ROWS_MAX ? [`${rows.length - ROWS_MAX} more rows`] : [];

  return rows.length === 0 ? "no rows" : oneLine([...shown, ...more].join("; ")) || "an empty value";
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").trim();
}
