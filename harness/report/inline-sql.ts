/**
 * Formats a counterexample for a terminal: the statements to paste into psql, without the release's own, which are named
 * where they belong. Lines are not indented: an indentation would become part of a quoted text.
 */
import type { ScriptPart } from "../release/script-part.ts";
import { sanitize, sanitizeLines } from "../text/sanitize.ts";
import { createPaints, type Style } from "./style.ts";
import { wrapText } from "./text-layout.ts";

/** Of one part; the script has the rest. */
const LINES_MAX = 40;
/** More parts of the release than these are counted; the last one is named, since the rows follow it. */
const OMITTED_MAX = 6;

/** The lines to paste; the titles of the parts are comments. */
export function formatSqlToPaste(script: readonly ScriptPart[], style: Style): string[] {
  const lines: string[] = [];
  let omitted: string[] = [];
  const flush = () => {
    if (omitted.length > 0) lines.push(...formatNote(`of the release, left out: ${formatOmitted(omitted)}`, style));
    omitted = [];
  };
  for (const { title, sql, isFromRelease = false } of script) {
    if (isFromRelease) {
      omitted.push(title.replace(/^reproduces the violation: /, ""));
    } else {
      flush();
      lines.push(...formatNote(title, style), ...formatStatements(sql, style));
    }
  }
  flush();

  return lines;
}

/** @param all several have the same title where a migration is applied in several transactions */
function formatOmitted(all: readonly string[]): string {
  const titles = [...new Set(all)];
  if (titles.length <= OMITTED_MAX) return titles.join(", ");

  return `${titles.length.toLocaleString("en-US")} files, the last of them ${titles.at(-1)}`;
}

function formatStatements(sql: string, style: Style): string[] {
  const source = sql.replace(/\s+$/, "");
  const lines = sanitizeLines(source);
  const cut = lines.length - LINES_MAX;
  const isEscaped = lines.join("\n") !== source.replaceAll("\r\n", "\n");

  return [
    ...lines.slice(0, LINES_MAX),
    ...(cut > 0 ? formatNote(`${cut.toLocaleString("en-US")} more lines are in the script`, style) : []),
    ...(isEscaped
      ? formatNote("escapes replace characters that cannot be displayed: run the script instead", style)
      : []),
  ];
}

function formatNote(text: string, style: Style): string[] {
  const { faint } = createPaints(style);

  return wrapText(sanitize(text), style.width - 3).map((line) => faint(`-- ${line}`));
}
