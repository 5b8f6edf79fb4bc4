/**
 * Formats a table without borders, for a terminal or a log.
 */
import Table from "cli-table3";

interface PlainColumn {
  readonly head: string;
  readonly end: "left" | "right";
}

const BORDERS = [
  ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
  ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
];
const NO_BORDERS = Object.fromEntries(BORDERS.map((part) => [part, ""]));

/** The lines of a table, the heads first where a column has one; without colour, and nothing is cut. */
export function formatPlainTable(
  columns: readonly PlainColumn[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const head = columns.map((column) => column.head);
  const table = new Table({
    colAligns: columns.map(({ end }) => end),
    chars: { ...NO_BORDERS, middle: "  " },
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 0 },
  });
  table.push(...[...(head.some((text) => text !== "") ? [head] : []), ...rows].map((row) => [...row]));

  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
