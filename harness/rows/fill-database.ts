/** Fills a database with a dataset: materializes it, loads it, and replaces rows that the server rejects. */
import type { Session } from "../database/session.ts";
import { type Dataset, generateRow, type Hints, type Row } from "./generate-row.ts";
import { type LoadedTable, loadRows, type RejectedRow } from "./load-rows.ts";
import { type MaterializeOptions, Materializer } from "./materialize.ts";
import type { Parents } from "./parents.ts";
import { hashSeed, randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";

export type FilledTable = Pick<LoadedTable, "of" | "accepted" | "rejected" | "updates">;

/** Rejected rows are replaced in so many further rounds. */
const REPLACEMENTS_MAX = 5;
/** After so many rounds, only in tables where the last one was of use. */
const ALWAYS = 2;

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
    pending = replaceRows(plan, loaded, { round, hints: options.hints ?? {}, parents: materializer.parents });
  }

  return plan.tables.flatMap(({ key }) => filled.get(key) ?? []);
}

interface Replacement {
  readonly round: number;
  readonly hints: Hints;
  readonly parents: Parents;
}

/** Other rows for those that were rejected; where a condition on parents may be the reason, with a new parent. */
function replaceRows(plan: RowPlan, loaded: readonly LoadedTable[], options: Replacement): Dataset {
  const { round, parents } = options;
  const rows: Record<string, Row[]> = {};
  for (const { of, accepted, rejected } of loaded) {
    if (rejected.length === 0 || (round >= ALWAYS && accepted.length === 0)) continue;
    const isJudged = accepted.length === 0 && rejected.some(({ code }) => code === "P0001" || code === "23514");
    const picks: Record<string, number> = {};
    for (const { name, parent, required } of isJudged ? of.links : []) {
      const found = plan.byKey.get(parent);
      if (!required || parent === of.key || found === undefined || found.unfillable !== undefined) continue;
      const added = rows[parent] ?? [];
      rows[parent] = [...added, ordinaryRow(plan, found, `${round} ${of.key} ${name}`, options)];
      picks[name] = parents.of(parent).length + added.length;
    }
    const replaced = rejected.map(({ index }) => ordinaryRow(plan, of, `${round} ${index}`, options));
    rows[of.key] = [...(rows[of.key] ?? []), ...replaced.map((row) => ({ ...row, picks: { ...row.picks, ...picks } }))];
  }

  return rows;
}

/** A row without a NULL that no CHECK demands. */
function ordinaryRow(plan: RowPlan, of: TablePlan, seed: string, { hints }: Replacement): Row {
  const random = randomFrom(hashSeed(`${of.key} ${seed}`));

  return generateRow({ plan, of, level: "ordinary", random, hints, isComplete: true });
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
