/** Loads materialized rows into a database in one round trip: which are accepted, and why others are not. */
import { readFileSync } from "node:fs";
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Session } from "../database/session.ts";
import { codePath } from "../files/installation.ts";
import type { MaterializedRow, MaterializedTable, Outcome } from "./batches.ts";
import { formatInsert, qualifiedName } from "./insert-script.ts";
import type { Link } from "./links.ts";
import type { KnownRow, Parents } from "./parents.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

const load = readFileSync(codePath("harness/rows/load.sql"), "utf8");

/** Rows of one table after loading. */
export interface LoadedTable {
  readonly of: TablePlan;
  /** The row of another table that was inserted before them, and accepted or rejected with them. */
  readonly first?: { readonly of: TablePlan; readonly cells: Readonly<Record<string, Cell>> };
  /** With the parents that the server accepted, and the values of sequences. */
  readonly accepted: readonly Readonly<Record<string, Cell>>[];
  readonly rejected: readonly RejectedRow[];
  /** The UPDATEs that closed cycles. */
  readonly updates: readonly string[];
  /** For each row that was sent. */
  readonly outcomes: readonly Outcome[];
}

export interface RejectedRow {
  /** Position among the rows of the table that were sent. */
  readonly index: number;
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  /** The constraint, where the error names one. */
  readonly constraint: string;
  /** PostgreSQL's context of the error: the functions in which it was raised. */
  readonly context: string;
}

/**
 * Loads the rows, each table in the order given. A rejected row leaves nothing behind.
 * @param known the rows that may be parents, where a row that a trigger adds has another key each time
 * @throws HarnessError if the loading itself fails, which is not for the sake of a row
 */
export async function loadRows(
  session: Session,
  plan: RowPlan,
  tables: readonly MaterializedTable[],
  known: Parents,
): Promise<readonly LoadedTable[]> {
  if (tables.length === 0) return [];
  const updates = tables.map(({ of, rows, first }) => [
    ...(first === undefined ? [] : formatUpdate(first.of, first.row)),
    ...rows.flatMap((row) => formatUpdate(of, row)),
  ]);
  const payload = tables.map((table, index) => ({
    ...describeTable(plan, table, known),
    updates: updates[index],
  }));
  const rows = await session.query(
    `SELECT set_config('plumbline.rows', ${escapeLiteral(JSON.stringify(payload))}, false);
${load}
SELECT current_setting('plumbline.loaded') AS loaded, set_config('plumbline.rows', '', false)`,
  );
  const results = JSON.parse(rows[0]?.["loaded"] ?? "[]") as readonly TableResult[];

  return tables.map((table, index) => ({
    ...readOutcomes(table, results[index]?.outcomes ?? []),
    updates: (updates[index] ?? []).filter((_, at) => results[tables.length + index]?.updates?.[at]),
  }));
}

/** First the outcomes of each table, then the updates of each: true where one succeeded. */
interface TableResult {
  readonly outcomes?: readonly (
    | true
    | { readonly cells: readonly (string | null | false)[] }
    | Omit<RejectedRow, "index">
  )[];
  readonly updates?: readonly boolean[];
}

function readOutcomes(
  { of, rows, first }: MaterializedTable,
  results: NonNullable<TableResult["outcomes"]>,
): Omit<LoadedTable, "updates"> {
  const names = namedColumns(of);
  const rejected: RejectedRow[] = [];
  const outcomes = results.map((result, index): Outcome => {
    const sent = rows[index]?.cells ?? {};
    if (result === true) return sent;
    if ("code" in result) {
      rejected.push({ index, ...result });
      return null;
    }
    const cells = result.cells.map((value, at) => [names[at], value === false ? undefined : value]);

    return { ...sent, ...Object.fromEntries(cells) };
  });

  return {
    ...{ of, outcomes, rejected, accepted: outcomes.filter((outcome) => outcome !== null) },
    ...(first === undefined ? {} : { first: { of: first.of, cells: first.row.cells } }),
  };
}

function describeTable(plan: RowPlan, { of, rows, firstId, first }: MaterializedTable, known: Parents): object {
  const names = namedColumns(of);

  return {
    table: qualifiedName(of),
    first: first === undefined ? null : formatInsert(first.of, [first.row.cells]),
    counts: of.table.triggers.some(({ deferrable }) => deferrable),
    columns: names.map((name) => escapeIdentifier(name)).join(", "),
    sequences: Object.fromEntries(of.counted.map(({ sequence }) => [sequence, firstId])),
    links: of.links
      .filter(({ later, columns }) => !later && columns.every((name) => names.includes(name)))
      .map((link) => ({
        name: link.name,
        positions: link.columns.map((name) => String(names.indexOf(name))),
        query: parentQuery(plan, of, link, known.of(link.parent)),
      })),
    rows: rows.map(({ cells, picks }) => ({
      cells: names.map((name) => (of.columns.length === 0 || cells[name] === undefined ? false : cells[name])),
      picks,
    })),
  };
}

/** The columns that an INSERT names: one that fills itself where there are no others. */
export function namedColumns({ columns, table }: TablePlan): readonly string[] {
  const names = columns.map(({ column }) => column.name);

  return names.length > 0 ? names : table.columns.slice(0, 1).map(({ name }) => name);
}

/** The key of the n-th parent, counted round; of those without a child where each may have only one. */
function parentQuery(plan: RowPlan, of: TablePlan, link: Link, known: readonly KnownRow[]): string {
  const { parent, references, columns, exclusive } = link;
  const table = plan.byKey.get(parent);
  const name = table === undefined ? "" : qualifiedName(table);
  const values = references.map((column) => `p.${escapeIdentifier(column)}::text`).join(", ");
  const same = columns
    .map((column, at) => `c.${escapeIdentifier(column)} = p.${escapeIdentifier(references[at] ?? "")}`)
    .join(" AND ");
  const conditions = [
    ...(exclusive ? [`NOT EXISTS (SELECT FROM ${qualifiedName(of)} c WHERE ${same})`] : []),
    ...(hasRandomKey(table, references) ? [`ARRAY[${values}] IN (${formatKeys(references, known)})`] : []),
  ];
  const free = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;

  return `SELECT ARRAY[${values}] FROM (SELECT p.*, row_number() OVER (ORDER BY p.tableoid, p.ctid) - 1 AS plumbline_at, count(*) OVER () AS plumbline_count FROM (SELECT p.tableoid, p.ctid, p.* FROM ${name} p ${free} LIMIT ${PARENTS_MAX}) p) p WHERE plumbline_at = $1 % plumbline_count`;
}

/** Of a table with more rows, the first ones are offered as other parents. */
const PARENTS_MAX = 1_000;
/** More keys than these are not listed. */
const KNOWN_MAX = 200;

/** Whether a key has a default that is no constant, such as a random UUID; sequences are set. */
function hasRandomKey(table: TablePlan | undefined, references: readonly string[]): boolean {
  return (table?.columns ?? []).some(
    ({ column, hasConstantDefault }) =>
      references.includes(column.name) && column.default !== null && !hasConstantDefault,
  );
}

function formatKeys(references: readonly string[], known: readonly KnownRow[]): string {
  const keys = known.map((row) => references.map((name) => row[name]));
  const listed = keys.slice(0, KNOWN_MAX).filter((key) => key.every((value) => typeof value === "string"));

  return listed.length === 0
    ? "NULL"
    : listed.map((key) => `ARRAY[${key.map((value) => escapeLiteral(String(value))).join(", ")}]`).join(", ");
}

/** The UPDATE that closes a cycle, of the row that has the primary key. */
function formatUpdate(of: TablePlan, { cells, later }: MaterializedRow): string[] {
  const set = Object.entries(later).map(([name, value]) => `${escapeIdentifier(name)} = ${escapeLiteral(value)}`);
  const where = of.primaryKey.flatMap((name) => {
    const value = cells[name];

    return typeof value === "string" ? [`${escapeIdentifier(name)} = ${escapeLiteral(value)}`] : [];
  });

  return set.length === 0 || where.length === 0 || where.length < of.primaryKey.length
    ? []
    : [`UPDATE ${qualifiedName(of)} SET ${set.join(", ")} WHERE ${where.join(" AND ")}`];
}
