/**
 * Formats every verdict in a table: an unexpected one stands out by colour, and in a pipe by its capitals.
 */
import type { PropertyResult } from "../property/verdict.ts";
import { sanitize } from "../text/sanitize.ts";
import { classifyVerdict, type VerdictStatus } from "./exit-status.ts";
import { createPaints, getPaint, type Style } from "./style.ts";
import { measureWidth, padText, truncate, wrapText } from "./text-layout.ts";

export const statusLabels: Readonly<Record<VerdictStatus, string>> = {
  held: "held",
  known: "violated, known",
  violated: "VIOLATED",
  stale: "held, STALE",
  unknown: "unknown",
};

const ID_COLUMNS_MAX = 24;
const CASES = "cases";

/** The table's lines; titles are wrapped, and never cut. */
export function formatRulesTable(results: readonly PropertyResult[], style: Style): string[] {
  const paints = createPaints(style);
  const ids = Math.min(ID_COLUMNS_MAX, findWidest(["property", ...results.map(({ id }) => sanitize(id))]));
  const verdicts = findWidest(["verdict", ...results.map((result) => statusLabels[classifyVerdict(result)])]);
  const cases = findWidest([CASES, ...results.map(formatCases)]);
  const indent = ids + verdicts + cases + 8;
  const titles = Math.max(2, style.width - indent);
  const head = `  ${padText("property", ids)}  ${padText("verdict", verdicts)}  ${padText(CASES, cases, "right")}  title`;

  return [
    paints.faint(truncate(head, style.width)),
    ...results.flatMap((result) => {
      const status = classifyVerdict(result);
      const [first = "", ...others] = wrapText(sanitize(result.title), titles);
      const cells = [
        padText(sanitize(result.id), ids),
        getPaint(status, paints)(padText(statusLabels[status], verdicts)),
        padText(formatCases(result), cases, "right"),
        first,
      ];

      return [`  ${cells.join("  ")}`.trimEnd(), ...others.map((line) => `${" ".repeat(indent)}${line}`)];
    }),
  ];
}

function formatCases({ runs }: PropertyResult): string {
  return runs.toLocaleString("en-US");
}

function findWidest(texts: readonly string[]): number {
  return Math.max(...texts.map(measureWidth));
}
