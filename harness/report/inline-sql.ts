/**
 * A counterexample on a terminal: what the reader would type, without the release's own statements, which are named
 * where they belong. The lines stand at the left edge, since an indentation would become part of a quoted text.
 */
import type { ScriptPart } from "../release/script-part.ts";
import { printable, printableLines } from "../text/sanitize.ts";
import { createPaints, readable, type Style } from "./style.ts";
import { wrapText } from "./text-width.ts";

/** Of one part; a longer one is cut, and the script has the rest. */
const linesMax = 40;

/** The lines to paste into psql; what is said between the statements is a comment. */
export function formatSqlToPaste(script: readonly ScriptPart[], style: Style): string[] {
  return runsOf(script).flatMap((run) => {
    if (run.ofRelease) return note(`as in the release, left out here: ${run.titles.join(", ")}`, style);
    return [...run.titles.flatMap((title) => note(title, style)), ...statementLines(run.sql, style)];
  });
}

interface Run {
  readonly ofRelease: boolean;
  readonly titles: readonly string[];
  readonly sql: string;
}

/** Neighbouring parts of the release become one, so that they are named in one line. */
function runsOf(script: readonly ScriptPart[]): Run[] {
  const runs: Run[] = [];
  for (const { title, sql, ofRelease = false } of script) {
    const before = runs.at(-1);
    if (before?.ofRelease && ofRelease) {
      runs[runs.length - 1] = { ...before, titles: [...before.titles, title] };
    } else runs.push({ ofRelease, titles: [title], sql });
  }

  return runs;
}

function statementLines(sql: string, style: Style): string[] {
  const source = sql.replace(/\s+$/, "");
  const lines = printableLines(source);
  const cut = lines.length - linesMax;
  const escaped = lines.join("\n") !== source.replaceAll("\r\n", "\n");

  return [
    ...lines.slice(0, linesMax),
    ...(cut > 0 ? note(`${cut.toLocaleString("en-US")} more lines are in the script`, style) : []),
    ...(escaped
      ? note("escapes stand for characters that cannot be shown: run the script instead", style)
      : []),
  ];
}

function note(text: string, style: Style): string[] {
  const { faint } = createPaints(style);

  return wrapText(printable(text), readable(style.width) - 3).map((line) => faint(`-- ${line}`));
}
