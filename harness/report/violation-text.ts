/**
 * Formats a violation in the order in which a reader needs it: the rule, the smallest counterexample, expected and got,
 * the command that reproduces it, what to do. Commands and SQL are never wrapped, since they are there to be copied.
 */
import type { PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import { classifyVerdict } from "./exit-status.ts";
import { formatSqlToPaste } from "./inline-sql.ts";
import { formatValue } from "./json.ts";
import { findScript, formatName } from "./kinds.ts";
import { formatReproduceCommand, type References } from "./reproduce-line.ts";
import { statusLabels } from "./rules-table.ts";
import { createPaints, getPaint, type Style } from "./style.ts";
import { padText, wrapText } from "./text-layout.ts";

const LABEL_COLUMNS = 10;

/** @param result a result with one kind at most, as `splitKinds` makes them */
export function formatViolation(
  release: ReleaseResult,
  result: PropertyResult,
  style: Style,
  references: References,
): string[] {
  const paints = createPaints(style);
  const status = classifyVerdict(result);
  const { violation } = result;
  const name = formatName(result);
  // The kinds of a migration name its file.
  const place = name.includes(release.name) ? "" : `, ${release.name}`;
  const heading = `${statusLabels[status]}: ${sanitize(name)}${sanitize(place)}`;

  return [
    paints.strong(getPaint(status, paints)(heading)),
    ...formatField("property", `${result.rule}: ${result.title}`, style),
    "",
    ...formatParagraph(describeSearch(result), style),
    "",
    ...(violation?.script.length ? formatSqlToPaste(violation.script, style) : formatCounterexample(result, style)),
    "",
    ...formatField("rows", violation?.rows, style),
    ...formatField("expected", violation?.expected, style),
    ...formatField("got", violation?.got, style),
    ...formatField("cause", result.because, style),
    ...formatUnwrapped("reproduce", formatReproduceCommand(release, result, references), style),
    ...formatUnwrapped("script", findScript(references.scripts, result), style),
    ...formatUnwrapped("declare", violation?.declare, style),
    ...formatField("hint", violation?.hint, style),
  ];
}

/** A wrapped text, its later lines indented further. */
export function formatParagraph(text: string, style: Style): string[] {
  return wrapText(sanitize(text), style.width - 4).map((line, index) => (index === 0 ? `  ${line}` : `    ${line}`));
}

export function formatField(label: string, text: string | undefined, style: Style): string[] {
  if (text === undefined) return [];
  const lines = wrapText(sanitize(text), style.width - LABEL_COLUMNS - 3);

  return lines.map((line, index) => formatLabelled(index === 0 ? label : "", line, style));
}

function formatUnwrapped(label: string, text: string | undefined, style: Style): string[] {
  return text === undefined ? [] : [formatLabelled(label, sanitize(text), style)];
}

function formatLabelled(label: string, line: string, style: Style): string {
  return `  ${createPaints(style).faint(padText(sanitize(label), LABEL_COLUMNS))} ${line}`.trimEnd();
}

export function describeSearch({ runs, shrinks = 0 }: PropertyResult): string {
  const shrunk = shrinks === 0 ? "" : `, shrunk ${shrinks === 1 ? "once" : `${shrinks} times`}`;

  return `Smallest counterexample, found in case ${runs.toLocaleString("en-US")}${shrunk}:`;
}

function formatCounterexample(result: PropertyResult, style: Style): string[] {
  return result.counterexample === undefined
    ? ["  No counterexample was recorded."]
    : formatField("values", formatValue(result.counterexample), style);
}
