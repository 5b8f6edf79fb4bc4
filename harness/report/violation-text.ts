/**
 * A violation told in the order in which a reader asks: what was promised, how to see it broken, what came instead,
 * how to find it again, and what to do. Commands and SQL are never wrapped: they are there to be copied.
 */
import type { PropertyResult, ReleaseResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { standingOf } from "./exit-status.ts";
import { pastedSql } from "./inline-sql.ts";
import { jsonText } from "./json.ts";
import { type References, replayLine } from "./reproduce-line.ts";
import { standingNames } from "./rules-table.ts";
import { paintFor, paintsOf, readable, type Style } from "./style.ts";
import { column, shorten, wrap } from "./text-width.ts";

const labelColumns = 10;
/** Of one field of a known finding. */
const briefLinesMax = 2;

/** Everything about a violation. */
export function tellFully(
  release: ReleaseResult,
  result: PropertyResult,
  style: Style,
  references: References,
): string[] {
  const paints = paintsOf(style);
  const standing = standingOf(result);
  const { violation } = result;
  const heading = paints.strong(
    paintFor(standing, paints)(`${standingNames[standing]}: ${printable(result.id)}`),
  );

  return [
    heading,
    ...field("promised", `${result.rule}: ${result.title}`, style),
    "",
    ...paragraph(foundBy(result), style),
    "",
    ...(violation?.script.length ? pastedSql(violation.script, style) : counterexample(result, style)),
    "",
    ...field("expected", violation?.expected, style),
    ...field("got", violation?.got, style),
    ...field("because", result.because, style),
    ...copied("replay", replayLine(release.folder, result, references), style),
    ...copied("script", references.scripts.get(result), style),
    ...field("hint", violation?.hint, style),
  ];
}

/** A known finding, in a few lines. */
export function tellBriefly(result: PropertyResult, style: Style, references: References): string[] {
  const { violation } = result;
  const brief = (label: string, text: string | undefined) => field(label, text, style, briefLinesMax);

  return [
    ...paragraph(`${result.id}: ${result.title}`, style).map(paintFor("known", paintsOf(style))),
    ...brief("because", result.because),
    ...brief("expected", violation?.expected),
    ...brief("got", violation?.got),
    ...copied("script", references.scripts.get(result), style),
  ];
}

/** A text that begins with what it is about, wrapped; its later lines stand a little further in. */
export function paragraph(text: string, style: Style): string[] {
  return wrap(printable(text), readable(style.width) - 4).map((line, index) =>
    index === 0 ? `  ${line}` : `    ${line}`,
  );
}

/** A label and its text, wrapped beside it; nothing where there is no text. */
export function field(
  label: string,
  text: string | undefined,
  style: Style,
  linesMax = Number.POSITIVE_INFINITY,
): string[] {
  if (text === undefined) return [];
  const room = readable(style.width) - labelColumns - 3;
  const lines = wrap(printable(text), room);
  const shown = lines.slice(0, linesMax);
  if (lines.length > shown.length) {
    shown[shown.length - 1] = shorten(`${shown.at(-1) ?? ""} ${lines[shown.length] ?? ""}`, room);
  }

  return shown.map((line, index) => labelled(index === 0 ? label : "", line, style));
}

/** Like a field, but of one line however long it is. */
function copied(label: string, text: string | undefined, style: Style): string[] {
  return text === undefined ? [] : [labelled(label, printable(text), style)];
}

function labelled(label: string, line: string, style: Style): string {
  return `  ${paintsOf(style).faint(column(printable(label), labelColumns))} ${line}`.trimEnd();
}

/** How the counterexample was found, in a line. */
export function foundBy({ runs, shrinks = 0 }: PropertyResult): string {
  const smaller = shrinks === 0 ? "" : `, made smaller ${shrinks === 1 ? "once" : `${shrinks} times`}`;

  return `The smallest counterexample, found in case ${runs.toLocaleString("en-US")}${smaller}:`;
}

/** What is known of a violation that nobody turned into SQL. */
function counterexample(result: PropertyResult, style: Style): string[] {
  if (result.counterexample === undefined) return ["  No counterexample was kept."];

  return field("broken by", jsonText(result.counterexample), style);
}
