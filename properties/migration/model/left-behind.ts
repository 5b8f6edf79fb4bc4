/** Describes what a migration leaves, such that the descriptions of two major versions are equal (pure). */
import { createHash } from "node:crypto";
import { compareCatalogs, formatRow } from "../../../harness/catalog/difference.ts";
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import { type Columns, findUnstable, maskColumns } from "./mask-cells.ts";
import { formatTable } from "./matched-tables.ts";

/** Further lines are summed up in one. */
const LINES_MAX = 200;

/** Of these each version has the same; expressions are printed differently by each. */
const COMPARED = /^(?:type|nullable)$/;

/**
 * Each line `subject: what is left`: objects that the migration added, removed or changed, then the rows of the tables
 * that it touched. Names of NOT NULL constraints, which are objects from version 18 on, are left out.
 * @param twin what a second run like that leaves: what differs between these two is not described
 */
export function describeLeft(before: Snapshot, after: Snapshot, twin: Snapshot, now: Date): readonly string[] {
  const unstable = findUnstable(after, twin, now);
  const lines = [...describeSchema(before, after), ...describeRows(before, after, unstable)];
  if (lines.length <= LINES_MAX) return lines;
  const rest = createHash("sha256").update(lines.slice(LINES_MAX).join("\n")).digest("hex").slice(0, 16);

  return [...lines.slice(0, LINES_MAX), `further lines: ${lines.length - LINES_MAX} (${rest})`];
}

function describeSchema(before: Snapshot, after: Snapshot): readonly string[] {
  const differences = compareCatalogs(before.catalog, after.catalog);

  return differences.flatMap(({ kind, object, property = "", after: value }) => {
    const all = { ...before.catalog.get(object), ...after.catalog.get(object) };
    if (object.startsWith("constraint ") && all["definition"]?.startsWith("NOT NULL ") === true) return [];
    if (kind === "removed") return [`${object}: removed`];
    const compared = Object.entries(all).filter(([name]) => COMPARED.test(name));
    if (kind === "added") {
      return [`${object}: ${["added", ...compared.map(([name, text]) => `${name} ${text}`)].join(", ")}`];
    }

    return COMPARED.test(property) ? [`${object} ${property}: ${value}`] : [];
  });
}

/** Of tables whose rows or columns are others: the rows, each by its cells. */
function describeRows(before: Snapshot, after: Snapshot, unstable: Columns): readonly string[] {
  const old = new Map(maskColumns(before, unstable).tables.map((table) => [formatTable(table), format(table)]));

  return maskColumns(after, unstable).tables.flatMap((table) => {
    const name = formatTable(table);
    const names = table.columns.map((column) => column.name);
    const rows = table.rows.map((row) =>
      formatRow(name, names, Object.fromEntries(names.map((column, at) => [column, row[at] ?? null]))),
    );

    return old.get(name) === format(table) ? [] : [`rows of ${name}: ${rows.length}`, ...count(rows)];
  });
}

function format({ columns, rows }: SnapshotTable): string {
  return JSON.stringify([columns.map(({ name }) => name), rows]);
}

function count(rows: readonly string[]): readonly string[] {
  return [...new Set(rows)].toSorted().map((row) => `${row}: ${rows.filter((other) => other === row).length}`);
}
