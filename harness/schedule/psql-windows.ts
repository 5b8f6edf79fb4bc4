/**
 * A transcript as something to do by hand: a psql window for each session, and what to type where, line by line in
 * order (pure). One psql cannot be two sessions, so whoever sends the whole script gets what comes before, and then is
 * told to go on by hand.
 */
import type { ScriptPart } from "../release/script-part.ts";
import { describeImpossible } from "./order.ts";
import { type Event, nameOf, type Transcript } from "./schedule.ts";
import { outcomeText } from "./transcript-text.ts";

/** The parts of a script, one for each step that is sent, and first the line at which psql stops. */
export function windowsScript(transcript: Transcript, sessions: readonly string[]): readonly ScriptPart[] {
  const used = sessions.filter((session) => transcript.events.some((event) => event.session === session));
  const windowOf = (session: string): string => `window ${used.indexOf(session) + 1} (${session})`;
  const parts: { title: string; sql: string }[] = [
    {
      title: `from here on by hand: ${used.length} windows, each a psql on this database`,
      sql: `\\echo 'Now open ${used.length} psql windows on this database, and type what follows, line by line, each into its window.'\n\\quit\n`,
    },
  ];

  for (const event of transcript.events) {
    const last = parts.at(-1);
    if (event.kind === "resumes" && last !== undefined) {
      last.sql += `-- ${windowOf(event.session)} goes on: ${outcomeText(event.outcome)}\n`;
    } else {
      const comment = commentOn(event, (name) => (used.includes(name) ? windowOf(name) : name));
      parts.push({
        title: `${windowOf(event.session)}: ${nameOf(event)}`,
        sql: `${terminated(event.step.sql)}\n${comment === undefined ? "" : `-- ${comment}\n`}`,
      });
    }
  }
  const { impossible } = transcript;

  return impossible === undefined
    ? parts
    : [...parts, { title: `here it ends: ${describeImpossible(impossible)}`, sql: "" }];
}

/** What is to be seen in the window, where there is something. */
function commentOn(event: Event, windowOf: (session: string) => string): string | undefined {
  if (event.kind === "waits") {
    return event.blockedBy.length === 0
      ? "it waits"
      : `it waits for ${event.blockedBy.map(windowOf).join(", ")}`;
  }
  const { refusal, columns } = event.outcome;

  return refusal === undefined && columns.length === 0 ? undefined : outcomeText(event.outcome);
}

function terminated(sql: string): string {
  return /;\s*$/.test(sql) ? sql.trimEnd() : `${sql.trimEnd()};`;
}
