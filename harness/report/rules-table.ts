/**
 * Every verdict in one line, in the order of the run: a reader sees at a glance what stands out, in colour by colour
 * and in a pipe by the capitals that only an unexpected verdict has.
 */
import type { PropertyResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { type Standing, standingOf } from "./exit-status.ts";
import { paintFor, paintsOf, readable, type Style } from "./style.ts";
import { column, columnsOf, shorten } from "./text-width.ts";

export const standingNames: Record<Standing, string> = {
  held: "held",
  known: "violated, known",
  violated: "VIOLATED",
  stale: "held, STALE",
  unknown: "unknown",
};

const gap = "  ";
const widestId = 24;
const runsHead = "cases";

/** The table's lines, none wider than the style allows. */
export function tableOf(results: readonly PropertyResult[], style: Style): string[] {
  const paints = paintsOf(style);
  const ids = Math.min(widestId, widest(["rule", ...results.map((result) => printable(result.id))]));
  const verdicts = widest(["verdict", ...results.map((result) => standingNames[standingOf(result)])]);
  const counts = widest([runsHead, ...results.map(countOf)]);
  const titles = Math.max(1, readable(style.width) - ids - verdicts - counts - 4 * gap.length);
  const row = (id: string, verdict: string, count: string, title: string) =>
    [gap, id, gap, verdict, gap, count, gap, title].join("").trimEnd();

  const head = row(
    column("rule", ids),
    column("verdict", verdicts),
    column(runsHead, counts, "right"),
    shorten("promise", titles),
  );
  const body = results.map((result) => {
    const standing = standingOf(result);
    return row(
      column(printable(result.id), ids),
      paintFor(standing, paints)(column(standingNames[standing], verdicts)),
      column(countOf(result), counts, "right"),
      shorten(printable(result.title), titles),
    );
  });

  return [paints.faint(head), ...body];
}

function countOf(result: PropertyResult): string {
  return result.runs.toLocaleString("en-US");
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(columnsOf));
}
