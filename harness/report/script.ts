/**
 * Formats a counterexample as a file for plain psql, which shows the violation without Plumbline. The statements are
 * unchanged, byte for byte; everything else is a comment, line by line, so that no data can become a statement.
 */
import type { PropertyResult } from "../property/verdict.ts";
import type { ScriptPart } from "../release/script-part.ts";
import { sanitize } from "../text/sanitize.ts";
import { quoteShellWord } from "./reproduce-line.ts";
import { wrapText } from "./text-layout.ts";

const COMMENT_COLUMNS = 100;

/**
 * The script from an empty database to the violation.
 * @param file the path under which the reader finds it
 * @returns undefined where the result has no violation
 */
export function formatScript(release: string, result: PropertyResult, file: string): string | undefined {
  const { violation } = result;
  if (violation === undefined) return undefined;

  const ending = [formatComment(`Expected: ${violation.expected}`), formatComment(`Got: ${violation.got}`)].join("");
  const last = violation.script.length - 1;
  const parts = violation.script.map((part, index) => formatPart(part, index === last ? ending : ""));

  return [formatHeader(release, result, file), ...(parts.length > 0 ? parts : [ending])].join("\n");
}

function formatHeader(release: string, result: PropertyResult, file: string): string {
  const { id, rule, title, runs, seed, path } = result;
  const position = path === undefined ? "" : `, path ${path}`;

  return [
    formatComment(`${release} violates ${rule}`),
    formatComment(`Property ${id}: ${title}`),
    formatComment(`Found by Plumbline in case ${runs}, with seed ${seed}${position}.`),
    formatComment(),
    formatComment("Run it on an empty database:"),
    formatComment(`    createdb scratch && psql -X -d scratch -f ${quoteShellWord(file)}`),
    formatComment("psql continues after an error: an error on the way is part of the counterexample."),
    "\n",
    ...formatSettings(result.violation?.script ?? []),
  ].join("");
}

/** A NULL that looks like an empty text would hide some violations; the file is in UTF-8 whatever the locale is. */
function formatSettings(script: readonly ScriptPart[]): string[] {
  const isAscii = script.every(({ sql }) => /^[\0-\x7f]*$/.test(sql));

  return ["\\pset null NULL\n", ...(isAscii ? [] : ["\\encoding UTF8\n"])];
}

function formatPart({ title, sql }: ScriptPart, ending: string): string {
  return formatComment(title) + ending + sql + (sql.endsWith("\n") ? "" : "\n");
}

/** Later lines are indented. A text that begins with a space is to be copied, and is not wrapped. */
function formatComment(text = ""): string {
  const lines = text.startsWith(" ") ? [sanitize(text)] : wrapText(sanitize(text), COMMENT_COLUMNS - 5);

  return lines.map((line, index) => `${`-- ${index === 0 ? "" : "  "}${line}`.trimEnd()}\n`).join("");
}
