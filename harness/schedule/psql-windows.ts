/**
 * Formats a transcript as a script to run by hand (pure): a psql window for each session, and what to type where, line by
 * line in order. One psql has one session, so psql stops where the windows begin.
 */
import { type ScriptPart, terminateStatement } from "../release/script-part.ts";
import { describeInvalidPermutation } from "./order.ts";
import { stepName, type Transcript, type TranscriptEvent } from "./schedule.ts";
import { formatResult } from "./transcript-text.ts";

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
