/**
 * Formats the results of a load: a line for each cell, the driver, and the rules that were violated at the end.
 */
import { formatPlainTable } from "../../harness/report/plain-table.ts";
import { pluralize } from "../../harness/text/pluralize.ts";
import { sanitize } from "../../harness/text/sanitize.ts";
import type { LoadCell, LoadResult } from "./turn.ts";

const HEAD = ["organizations", "sessions", "calls/s", "of reference", "waiting", "retries", "rules"];

/** Lines without colour, of at most 80 columns except for messages of the server. */
export function formatLoad({ driver, cells }: LoadResult): readonly string[] {
  const name = driver.name === "node" ? "Node" : `${driver.name} -M prepared`;
  const because = driver.because === undefined ? "" : ` (${driver.because})`;
  const columns = HEAD.map((head) => ({ head, end: "right" as const }));

  return [
    `Calls by ${name} ${driver.version}${because}, in turns with the`,
    "reference, one UPDATE and INSERT of the same work; sessions waiting for locks.",
    ...formatPlainTable(columns, cells.map(formatCell)).map((line) => `  ${line}`),
    ...cells.flatMap(formatViolations),
  ];
}

function formatCell(cell: LoadCell): string[] {
  const { organizations, sessions, consume, ratio, violations } = cell;

  return [
    organizations === 1 ? "1 (hot)" : organizations.toLocaleString("en-US"),
    String(sessions),
    Math.round(consume.callsPerSecond).toLocaleString("en-US"),
    `${ratio.toFixed(2)}×`,
    consume.samples === 0 ? "not seen" : `${consume.waiting.toFixed(1)} of ${sessions}`,
    String(consume.retries),
    violations.length === 0 ? "kept" : [...new Set(violations.map(({ rule }) => rule))].join(", "),
  ];
}

function formatViolations({ organizations, sessions, violations }: LoadCell): readonly string[] {
  const cell = `${pluralize(organizations, "organization")}, ${pluralize(sessions, "session")}`;

  return violations.map(
    ({ rule, expected, got }) => `${rule} (${cell}): expected ${sanitize(expected)}, got ${sanitize(got)}`,
  );
}
