/**
 * A transcript for reading: one line an event (pure).
 */
import type { Outcome } from "../database/session.ts";
import { describeImpossible } from "./order.ts";
import { type Event, nameOf, type Transcript } from "./schedule.ts";

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
export function transcriptText(transcript: Transcript): string {
  const width = Math.max(0, ...transcript.events.map((event) => nameOf(event).length));
  const lines = transcript.events.map((event) => `${nameOf(event).padEnd(width)}  ${eventText(event)}`);

  return [
    ...lines,
    ...(transcript.impossible === undefined ? [] : [describeImpossible(transcript.impossible)]),
  ].join("\n");
}

/** What an event is, in a few words. */
export function eventText(event: Event): string {
  if (event.kind === "waits") {
    return event.blockedBy.length === 0 ? "waits" : `waits for ${event.blockedBy.join(", ")}`;
  }

  return `${event.kind === "resumes" ? "resumes: " : ""}${outcomeText(event.outcome)}`;
}

/** The refusal, or the first rows. */
export function outcomeText({ refusal, rows, columns }: Outcome): string {
  if (refusal !== undefined) {
    return `ERROR: ${oneLine(refusal.message)} (SQLSTATE ${refusal.code})`;
  }
  if (columns.length === 0) {
    return "done";
  }
  const shown = rows.slice(0, ROWS_MAX).map((row) => row.map((value) => value ?? "NULL").join(" | "));
  const more = rows.length > ROWS_MAX ? [`${rows.length - ROWS_MAX} more rows`] : [];

  return rows.length === 0 ? "no rows" : oneLine([...shown, ...more].join("; ")) || "an empty value";
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ").trim();
}
