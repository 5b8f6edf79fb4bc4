/** Materialized rows in the order in which they are sent (pure). */
import type { Implied } from "./known-rows.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

/** A row as it is sent: every cell is known, but those that the server fills. */
export interface MaterializedRow {
  /** Values of sequences included. */
  readonly cells: Readonly<Record<string, Cell>>;
  /** Columns that an UPDATE sets once all tables are filled, since their parents come later. */
  readonly later: Readonly<Record<string, string>>;
  /** For each foreign key the pick, for the server to choose another parent where this one was not accepted. */
  readonly picks: Readonly<Record<string, number>>;
  /** Among the known rows of its table. */
  readonly index: number;
  readonly implied: Implied;
}

/** Rows of one table that are sent together. */
export interface MaterializedTable {
  readonly of: TablePlan;
  /** What the table's sequences give to the first row; each further row gets the next number. */
  readonly firstId: number;
  readonly rows: readonly MaterializedRow[];
  /** A row of another table that is inserted before the only row of this one: the server takes both, or none. */
  readonly first?: { readonly of: TablePlan; readonly row: MaterializedRow };
}

/** What the server did with a row: its cells, with parents that the server chose, or null if it was rejected. */
export type Outcome = Readonly<Record<string, Cell>> | null;

/** A row that waits to be sent. */
export interface PendingRow extends MaterializedRow {
  readonly of: TablePlan;
  /** What the table's sequences give to it. */
  readonly id: number;
  /** The row that is inserted before it, together with it. */
  readonly first?: PendingRow;
}

/**
 * Tables come in the order of insertion; one comes more than once where its ids have gaps, or rows of two go together.
 * @param leftOut rows that are not sent
 */
export function toBatches(
  { tables }: RowPlan,
  pending: ReadonlyMap<string, readonly PendingRow[]>,
  leftOut: ReadonlySet<PendingRow>,
): readonly MaterializedTable[] {
  const together = new Set([...pending.values()].flat().flatMap(({ first }) => first ?? []));

  return tables.flatMap((of) => {
    const rows = (pending.get(of.key) ?? []).filter((row) => !together.has(row) && !leftOut.has(row));

    return [
      ...rows.flatMap((row) =>
        row.first === undefined
          ? []
          : [{ of, firstId: row.id, rows: [row], first: { of: row.first.of, row: row.first } }],
      ),
      ...splitAtGaps(rows.filter(({ first }) => first === undefined)).map((run) => ({
        of,
        firstId: run[0]?.id ?? of.firstId,
        rows: run,
      })),
    ];
  });
}

/** Runs of rows whose ids follow each other. */
function splitAtGaps(rows: readonly PendingRow[]): readonly (readonly PendingRow[])[] {
  const runs: PendingRow[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1)?.id === row.id - 1) run.push(row);
    else runs.push([row]);
  }

  return runs;
}
