/**
 * Every verdict in one line, in the order of the run: a reader sees at a glance what stands out, in colour by colour
 * and in a pipe by the capitals that only an unexpected verdict has.
 */
import type { PropertyResult } from "../property/verdict.ts";
import { printable } from "../text/sanitize.ts";
import { classifyVerdict, type VerdictStatus } from "./exit-status.ts";
import { createPaints, getPaint, readable, type Style } from "./style.ts";
import { measureWidth, padText, truncate } from "./text-width.ts";

export const statusLabels: Record<VerdictStatus, string> = {
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
export function formatRulesTable(results: readonly PropertyResult[], style: Style): string[] {
  const paints = createPaints(style);
  const ids = Math.min(widestId, widest(["rule", ...results.map((result) => printable(result.id))]));
  const verdicts = widest(["verdict", ...results.map((result) => statusLabels[classifyVerdict(result)])]);
  const counts = widest([runsHead, ...results.map(countOf)]);
  const titles = Math.max(1, readable(style.width) - ids - verdicts - counts - 4 * gap.length);
  const row = (id: string, verdict: string, count: string, title: string) =>
    [gap, id, gap, verdict, gap, count, gap, title].join("").trimEnd();

  const head = row(
    padText("rule", ids),
    padText("verdict", verdicts),
    padText(runsHead, counts, "right"),
    truncate("promise", titles),
  );
  const body = results.map((result) => {
    const standing = classifyVerdict(result);
    return row(
      padText(printable(result.id), ids),
      getPaint(standing, paints)(padText(statusLabels[standing], verdicts)),
      padText(countOf(result), counts, "right"),
      truncate(printable(result.title), titles),
    );
  });

  return [paints.faint(head), ...body];
}

function countOf(result: PropertyResult): string {
  return result.runs.toLocaleString("en-US");
}

function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(measureWidth));
}
