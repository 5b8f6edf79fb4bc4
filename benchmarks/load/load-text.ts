/**
 * A load in words: a line for each cell, who made the calls, and what did not hold at the end.
 */
import { bareTable } from "../../harness/report/plain-table.ts";
import { printable } from "../../harness/text/sanitize.ts";
import type { LoadCell, LoadResult } from "./result.ts";

const HEAD = ["organizations", "sessions", "calls/s", "of plain", "waiting for locks", "retries", "rules"];

/** The lines for a terminal or a report, without colour; 80 columns at the most but for what a server said. */
export function tellLoad({ driver, cells }: LoadResult): readonly string[] {
  const because = driver.because === undefined ? "" : `, since ${driver.because}`;
  const columns = HEAD.map((head) => ({ head, end: "right" as const }));

  return [
    `Calls made by ${driverName(driver.name)} ${driver.version}${because};`,
    "plain is one UPDATE and INSERT of the same work, in turns with them.",
    ...bareTable(columns, cells.map(lineOf)).map((line) => `  ${line}`),
    ...cells.flatMap(faultLines),
  ];
}

function driverName(name: LoadResult["driver"]["name"]): string {
  return name === "node" ? "Node" : `${name} -M prepared`;
}

function lineOf(cell: LoadCell): string[] {
  const { organizations, sessions, consume, multiple, faults } = cell;

  return [
    organizations === 1 ? "1 (hot)" : organizations.toLocaleString("en-US"),
    String(sessions),
    Math.round(consume.callsPerSecond).toLocaleString("en-US"),
    `${multiple.toFixed(2)}×`,
    consume.samples === 0 ? "not seen" : `${consume.waiting.toFixed(1)} of ${sessions}`,
    String(consume.retries),
    faults.length === 0 ? "kept" : [...new Set(faults.map(({ rule }) => rule))].join(", "),
  ];
}

function faultLines({ organizations, sessions, faults }: LoadCell): readonly string[] {
  const where = `${counted(organizations, "organization")}, ${counted(sessions, "session")}`;

  return faults.map(
    ({ rule, expected, got }) => `${rule} (${where}): expected ${printable(expected)}, got ${printable(got)}`,
  );
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`;
}
