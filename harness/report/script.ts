/**
 * A counterexample as a file for plain psql: whoever doubts a finding needs nothing of Plumbline to see it. Statements
 * stand in it byte for byte; everything else is a comment, line by line, so that no data can become a statement.
 */
import type { PropertyResult } from "../property/verdict.ts";
import type { ScriptPart } from "../release/script-part.ts";
import { printable } from "../text/sanitize.ts";
import { quoteShellWord } from "./reproduce-line.ts";
import { wrapText } from "./text-layout.ts";

/** Of a comment. */
const columnsMax = 100;

/**
 * The script that shows a violation, from an empty database to the fault.
 * @param file the path under which the reader will find it
 * @returns undefined where the result has no violation to show
 */
export function formatScript(release: string, result: PropertyResult, file: string): string | undefined {
  const { violation } = result;
  if (violation === undefined) return undefined;

  const ending = [comment(`Expected: ${violation.expected}`), comment(`Got: ${violation.got}`)];
  const last = violation.script.length - 1;
  const parts = violation.script.map((part, index) => partOf(part, index === last ? ending : []));

  return [headerOf(release, result, file), ...(parts.length > 0 ? parts : [ending.join("")])].join("\n");
}

function headerOf(release: string, result: PropertyResult, file: string): string {
  return [
    comment(`${release} breaks ${result.rule}`),
    comment(`Promised (${result.id}): ${result.title}`),
    comment(foundBy(result)),
    comment(),
    comment("Run it on an empty database:"),
    comment(`    createdb scratch && psql -X -d scratch -f ${quoteShellWord(file)}`),
    comment("Errors on the way do not stop it: where there are some, they are part of the story."),
    "\n",
    ...settingsFor(result.violation?.script ?? []),
  ].join("");
}

/** psql's own: a NULL that looks like an empty text would hide some faults, and the file is in UTF-8 whatever the locale. */
function settingsFor(script: readonly ScriptPart[]): string[] {
  const ascii = script.every(({ sql }) => /^[\0-\x7f]*$/.test(sql));

  return ["\\pset null NULL\n", ...(ascii ? [] : ["\\encoding UTF8\n"])];
}

function foundBy(result: PropertyResult): string {
  const path = result.path === undefined ? "" : `, path ${result.path}`;

  return `Found by Plumbline in case ${result.runs}, with seed ${result.seed}${path}.`;
}

function partOf(part: ScriptPart, ending: readonly string[]): string {
  const lineEnd = part.sql.endsWith("\n") ? "" : "\n";

  return comment(part.title) + ending.join("") + part.sql + lineEnd;
}

/** Later lines stand a little further in. What is to be copied from one is short enough for it, or a line of its own. */
function comment(text = ""): string {
  const lines = text.startsWith(" ") ? [printable(text)] : wrapText(printable(text), columnsMax - 5);

  return lines.map((line, index) => `${`-- ${index === 0 ? "" : "  "}${line}`.trimEnd()}\n`).join("");
}
