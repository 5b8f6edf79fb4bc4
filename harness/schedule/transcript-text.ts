/** Formats a transcript: one line an event, or a script to run by hand in psql windows (pure). */
import type { StatementResult } from "../database/session.ts";
import { type ScriptPart, terminateStatement } from "../release/script-part.ts";
import { describeInvalidPermutation } from "./order.ts";
import { stepName, type Transcript, type TranscriptEvent } from "./schedule.ts";

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

/** The parts of a script: first the lines at which psql stops, then one for each step that is sent. */
export function formatPsqlWindows({ events, invalid }: Transcript, sessions: readonly string[]): readonly ScriptPart[] {
  const used = sessions.filter((session) => events.some((event) => event.session === session));
  const windowName = (session: string): string =>
    used.includes(session) ? `window ${used.indexOf(session) + 1} (${session})` : session;
  const parts: { title: string; sql: string }[] = [
    {
      title: `from here on by hand: ${used.length} windows, each a psql on this database`,
      sql: `\\echo 'Now open ${used.length} psql windows on this database, and type what follows, line by line, each into its window.'\n\\quit\n`,
    },
  ];

  for (const event of events) {
    const last = parts.at(-1);
    if (event.kind === "resumes" && last !== undefined) {
      last.sql += `-- ${windowName(event.session)} goes on: ${formatResult(event.outcome)}\n`;
    } else {
      const comment = formatComment(event, windowName);
      parts.push({
        title: `${windowName(event.session)}: ${stepName(event)}`,
        sql: `${terminateStatement(event.step.sql.trimEnd())}\n${comment === undefined ? "" : `-- ${comment}\n`}`,
      });
    }
  }

  return invalid === undefined
    ? parts
    : [...parts, { title: `here it ends: ${describeInvalidPermutation(invalid)}`, sql: "" }];
}

/** What the window shows, where it shows anything. */
function formatComment(event: TranscriptEvent, windowName: (session: string) => string): string | undefined {
  if (event.kind === "waits") {
    return event.blockedBy.length === 0 ? "it waits" : `it waits for ${event.blockedBy.map(windowName).join(", ")}`;
  }
  const { error, columns } = event.outcome;

  return error === undefined && columns.length === 0 ? undefined : formatResult(event.outcome);
}
