/** Fills a database with a dataset: materializes it, loads it, and replaces rows that the server rejects. */
import type { Session } from "../database/session.ts";
import type { Dataset } from "./generate-row.ts";
import { generateRow, type Row } from "./generate-row.ts";
import { type LoadedTable, loadRows, type RejectedRow } from "./load-rows.ts";
import { type MaterializeOptions, Materializer } from "./materialize.ts";
import { randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";

export type FilledTable = Pick<LoadedTable, "of" | "accepted" | "rejected" | "updates">;

/** Rejected rows are replaced in so many further rounds. */
const REPLACEMENTS_MAX = 2;

/**
 * Fills the database. One round trip where all rows are accepted; for the same dataset the same rows, whatever the server.
 * @returns the tables in the order of insertion, each with the rows that were added, replacements included, and with those
 *   of the first round that the server rejected
 */
export async function fillDatabase(
  session: Session,
  plan: RowPlan,
  dataset: Dataset,
  options: MaterializeOptions = {},
): Promise<readonly FilledTable[]> {
  const materializer = new Materializer(plan, options);
  const filled = new Map<string, FilledTable>();
  let pending = dataset;
  for (let round = 0; round <= REPLACEMENTS_MAX; round += 1) {
    const loaded = await loadRows(session, plan, materializer.next(pending), materializer.parents);
    materializer.settle(loaded);
    for (const table of loaded) filled.set(table.of.key, joinRounds(filled.get(table.of.key), table));
    pending = Object.fromEntries(
      loaded.map(({ of, rejected }) => [
        of.key,
        rejected.map(({ index }) => replaceRow(plan, of, round * 1_000 + index, options)),
      ]),
    );
  }

  return plan.tables.flatMap(({ key }) => filled.get(key) ?? []);
}

function joinRounds(before: FilledTable | undefined, now: LoadedTable): FilledTable {
  const { of, accepted, updates } = now;
  const rejected: readonly RejectedRow[] = before?.rejected ?? now.rejected;

  return {
    of,
    rejected,
    accepted: [...(before?.accepted ?? []), ...accepted],
    updates: [...(before?.updates ?? []), ...updates],
  };
}

function replaceRow(plan: RowPlan, of: TablePlan, number: number, { hints = {} }: MaterializeOptions): Row {
  return generateRow({
    plan,
    of,
    level: "ordinary",
    random: randomFrom(number + of.key.length * 7_919),
    hints,
  });
}
