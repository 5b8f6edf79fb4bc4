/**
 * A violation told in the order in which a reader asks: what was promised, how to see it broken, what came instead,
 * how to find it again, and what to do. Commands and SQL are never wrapped: they are there to be copied.
 */
import type { PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { classifyVerdict } from "./exit-status.ts";
import { formatSqlToPaste } from "./inline-sql.ts";
import { formatValue } from "./json.ts";
import { formatReproduceCommand, type References } from "./reproduce-line.ts";
import { statusLabels } from "./rules-table.ts";
import { createPaints, getPaint, readable, type Style } from "./style.ts";
import { padText, truncate, wrapText } from "./text-width.ts";

const labelColumns = 10;
/** Of one field of a known finding. */
const briefLinesMax = 2;

/** Everything about a violation. */
export function formatViolation(
  release: ReleaseResult,
  result: PropertyResult,
  style: Style,
  references: References,
): string[] {
  const paints = createPaints(style);
  const standing = classifyVerdict(result);
  const { violation } = result;
  const heading = paints.strong(
    getPaint(standing, paints)(`${statusLabels[standing]}: ${printable(result.id)}`),
  );

  return [
    heading,
    ...formatField("promised", `${result.rule}: ${result.title}`, style),
    "",
    ...formatParagraph(describeSearch(result), style),
    "",
    ...(violation?.script.length ? formatSqlToPaste(violation.script, style) : counterexample(result, style)),
    "",
    ...formatField("expected", violation?.expected, style),
    ...formatField("got", violation?.got, style),
    ...formatField("because", result.because, style),
    ...copied("replay", formatReproduceCommand(release.folder, result, references), style),
    ...copied("script", references.scripts.get(result), style),
    ...formatField("hint", violation?.hint, style),
  ];
}

/** A known finding, in a few lines. */
export function tellBriefly(result: PropertyResult, style: Style, references: References): string[] {
  const { violation } = result;
  const brief = (label: string, text: string | undefined) => formatField(label, text, style, briefLinesMax);

  return [
    ...formatParagraph(`${result.id}: ${result.title}`, style).map(getPaint("known", createPaints(style))),
    ...brief("because", result.because),
    ...brief("expected", violation?.expected),
    ...brief("got", violation?.got),
    ...copied("script", references.scripts.get(result), style),
  ];
}

/** A text that begins with what it is about, wrapped; its later lines stand a little further in. */
export function formatParagraph(text: string, style: Style): string[] {
  return wrapText(printable(text), readable(style.width) - 4).map((line, index) =>
    index === 0 ? `  ${line}` : `    ${line}`,
  );
}

/** A label and its text, wrapped beside it; nothing where there is no text. */
export function formatField(
  label: string,
  text: string | undefined,
  style: Style,
  linesMax = Number.POSITIVE_INFINITY,
): string[] {
  if (text === undefined) return [];
  const room = readable(style.width) - labelColumns - 3;
  const lines = wrapText(printable(text), room);
  const shown = lines.slice(0, linesMax);
  if (lines.length > shown.length) {
    shown[shown.length - 1] = truncate(`${shown.at(-1) ?? ""} ${lines[shown.length] ?? ""}`, room);
  }

  return shown.map((line, index) => labelled(index === 0 ? label : "", line, style));
}

/** Like a field, but of one line however long it is. */
function copied(label: string, text: string | undefined, style: Style): string[] {
  return text === undefined ? [] : [labelled(label, printable(text), style)];
}

function labelled(label: string, line: string, style: Style): string {
  return `  ${createPaints(style).faint(padText(printable(label), labelColumns))} ${line}`.trimEnd();
}

/** How the counterexample was found, in a line. */
export function describeSearch({ runs, shrinks = 0 }: PropertyResult): string {
  const smaller = shrinks === 0 ? "" : `, made smaller ${shrinks === 1 ? "once" : `${shrinks} times`}`;

  return `The smallest counterexample, found in case ${runs.toLocaleString("en-US")}${smaller}:`;
}

/** What is known of a violation that nobody turned into SQL. */
function counterexample(result: PropertyResult, style: Style): string[] {
  if (result.counterexample === undefined) return ["  No counterexample was kept."];

  return formatField("broken by", formatValue(result.counterexample), style);
}
