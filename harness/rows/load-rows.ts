/** Loads materialized rows into a database in one round trip, and says which were accepted and why others were not. */
import { readFileSync } from "node:fs";
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Session } from "../database/session.ts";
import type { Cell } from "./generate-row.ts";
import { firstId, type MaterializedTable } from "./materialize.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";

const load = readFileSync(new URL("load.sql", import.meta.url), "utf8");

/** What became of the rows of one table. */
export interface LoadedTable {
  readonly of: TablePlan;
  /** With the parents that the server accepted. */
  readonly accepted: readonly Readonly<Record<string, Cell>>[];
  readonly rejected: readonly RejectedRow[];
}

export interface RejectedRow {
  /** Position among the rows of the table that were sent. */
  readonly index: number;
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
  /** The constraint, where the error names one. */
  readonly constraint: string;
}

/**
 * Loads the rows, each table in the order given. A rejected row leaves nothing behind.
 * @param before how many rows each table was given earlier: its sequences go on from there
 * @throws HarnessError if the loading itself fails, which is not for the sake of a row
 */
export async function loadRows(
  session: Session,
  plan: RowPlan,
  tables: readonly MaterializedTable[],
  before: ReadonlyMap<string, number> = new Map(),
): Promise<readonly LoadedTable[]> {
  if (tables.length === 0) return [];
  const payload = tables.map((table) => describeTable(plan, table, before.get(table.of.key) ?? 0));
  const rows = await session.query(
    `SELECT set_config('plumbline.rows', ${escapeLiteral(JSON.stringify(payload))}, false);
${load}
SELECT current_setting('plumbline.loaded') AS loaded, set_config('plumbline.rows', '', false)`,
  );
  const outcomes = JSON.parse(rows[0]?.["loaded"] ?? "[]") as readonly TableOutcome[];
  const loaded = tables.map((table, index) => toLoaded(table, outcomes[index]?.rows ?? null));
  const updates = tables.flatMap((table) => updateStatements(table));
  for (const update of updates) await session.tryExecute(update);

  return loaded;
}

interface TableOutcome {
  /** Null where all rows were accepted as they were sent. */
  readonly rows:
    | readonly (Omit<RejectedRow, "index"> | { readonly cells: readonly (string | null | false)[] })[]
    | null;
}

function toLoaded({ of, rows }: MaterializedTable, outcomes: TableOutcome["rows"]): LoadedTable {
  if (outcomes === null) return { of, accepted: rows.map(({ cells }) => cells), rejected: [] };
  const accepted = outcomes.flatMap((outcome) => ("cells" in outcome ? [toCells(of, outcome.cells)] : []));

  return {
    of,
    accepted,
    rejected: outcomes.flatMap((outcome, index) => ("cells" in outcome ? [] : [{ index, ...outcome }])),
  };
}

function toCells({ columns }: TablePlan, values: readonly (string | null | false)[]): Record<string, Cell> {
  return Object.fromEntries(
    columns.map(({ column }, index) => [
      column.name,
      values[index] === false ? undefined : (values[index] ?? null),
    ]),
  );
}

function describeTable(plan: RowPlan, { of, rows }: MaterializedTable, before: number): object {
  const names = of.columns.map(({ column }) => column.name);

  return {
    table: qualifiedName(of),
    columns: names.map((name) => escapeIdentifier(name)).join(", "),
    sequences: sequencesOf(plan, of, before),
    links: of.links
      .filter(({ later }) => !later)
      .map((link) => ({
        name: link.name,
        positions: link.columns.map((name) => String(names.indexOf(name))),
        query: parentQuery(plan, of, link),
      }))
      .filter(({ positions }) => !positions.includes("-1")),
    rows: rows.map(({ cells, picks }) => ({
      cells: names.map((name) => (cells[name] === undefined ? false : cells[name])),
      picks,
    })),
  };
}

/** The sequences of the table's columns, each with the value that it gives next. */
export function sequencesOf(plan: RowPlan, of: TablePlan, before = 0): Record<string, number> {
  const written = new Set(of.columns.map(({ column }) => column.name));

  return Object.fromEntries(
    of.table.columns.flatMap(({ name, sequence, default: value }) => {
      const owned = sequence ?? /^nextval\('(.*)'::regclass\)$/.exec(value ?? "")?.[1];

      return owned === undefined || owned === null || written.has(name)
        ? []
        : [[owned, firstId(plan, of) + before]];
    }),
  );
}

/** The key of the n-th parent, counted round; of those without a child where each may have only one. */
function parentQuery(
  plan: RowPlan,
  of: TablePlan,
  { parent, references, columns, exclusive }: TablePlan["links"][number],
): string {
  const table = plan.byKey.get(parent);
  const name = table === undefined ? "" : qualifiedName(table);
  const values = references.map((column) => `p.${escapeIdentifier(column)}::text`).join(", ");
  const same = columns
    .map((column, at) => `c.${escapeIdentifier(column)} = p.${escapeIdentifier(references[at] ?? "")}`)
    .join(" AND ");
  const free = exclusive ? `WHERE NOT EXISTS (SELECT FROM ${qualifiedName(of)} c WHERE ${same})` : "";

  return `SELECT ARRAY[${values}] FROM (SELECT p.*, row_number() OVER (ORDER BY p.tableoid, p.ctid) - 1 AS plumbline_at, count(*) OVER () AS plumbline_count FROM ${name} p ${free}) p WHERE plumbline_at = $1 % plumbline_count`;
}

/** As SQL names it. */
export function qualifiedName({ table }: TablePlan): string {
  return `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`;
}

/** The UPDATEs that close cycles; each names its row by the primary key, if that is known. */
export function updateStatements({ of, rows }: MaterializedTable): string[] {
  const primary = of.table.keys.find(({ primary }) => primary);
  const names = (primary?.columns ?? []).map(
    (number) => of.table.columns.find((column) => column.number === number)?.name ?? "",
  );

  return rows.flatMap(({ cells, later }) => {
    const set = Object.entries(later).map(
      ([name, value]) => `${escapeIdentifier(name)} = ${escapeLiteral(value)}`,
    );
    const where = names.map((name) =>
      typeof cells[name] === "string"
        ? `${escapeIdentifier(name)} = ${escapeLiteral(cells[name])}`
        : undefined,
    );

    return set.length === 0 || where.length === 0 || where.includes(undefined)
      ? []
      : [`UPDATE ${qualifiedName(of)} SET ${set.join(", ")} WHERE ${where.join(" AND ")}`];
  });
}
