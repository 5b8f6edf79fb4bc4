/** Fills a database with a dataset: materializes it, loads it, and replaces rows that the server rejects. */
import type { Session } from "../database/session.ts";
import type { Dataset } from "./generate-row.ts";
import type { RowInsert } from "./insert-script.ts";
import { type LoadedTable, loadRows, type RejectedRow } from "./load-rows.ts";
import { type MaterializeOptions, Materializer } from "./materialize.ts";
import { Replacements } from "./replace-rows.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import { findFilledByTriggers, readTriggerRows } from "./trigger-rows.ts";

export interface FilledTable {
  readonly of: TablePlan;
  /** With the parents that the server accepted, and the values of sequences. */
  readonly accepted: LoadedTable["accepted"];
  /** Those of the first round. */
  readonly rejected: readonly RejectedRow[];
  /** The UPDATEs that closed cycles. */
  readonly updates: readonly string[];
  /** The accepted rows as they were inserted. */
  readonly inserted: readonly RowInsert[];
}

/** Rejected rows are replaced in so many further rounds. */
const REPLACEMENTS_MAX = 5;

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
  const replacements = new Replacements(plan, materializer, options.hints ?? {});
  const rounds: (readonly LoadedTable[])[] = [];
  let pending = dataset;
  while (rounds.length <= REPLACEMENTS_MAX) {
    const loaded = await loadRows(session, plan, materializer.next(pending), materializer.parents);
    rounds.push(loaded);
    if (loaded.every(({ rejected }) => rejected.length === 0)) break;
    materializer.settle(loaded);
    materializer.known.learn(await readTriggerRows(session, findFilledByTriggers(plan)));
    pending = replacements.next(loaded);
  }

  return joinRounds(plan, rounds);
}

function joinRounds(plan: RowPlan, rounds: readonly (readonly LoadedTable[])[]): readonly FilledTable[] {
  const all = rounds.flat().flatMap((loaded, at) => splitPair(loaded).map((part) => ({ ...part, at })));
  const early = new Set(rounds[0]);

  return plan.tables.flatMap((of) => {
    const own = all.filter((part) => part.of === of);
    const first = all.filter((part) => part.of === of && early.has(part.loaded));

    return own.length === 0
      ? []
      : [
          {
            of,
            accepted: own.flatMap(({ accepted }) => accepted),
            rejected: first.flatMap(({ rejected }) => rejected),
            updates: own.flatMap(({ updates }) => updates),
            inserted: own.flatMap(({ loaded, at, accepted }) =>
              loaded.of === of ? [{ ...loaded, at, accepted }] : [],
            ),
          },
        ];
  });
}

/** What was loaded, by table: a row that was inserted before those of another table counts for its own. */
function splitPair(loaded: LoadedTable) {
  const { of, first, accepted, rejected, updates } = loaded;
  const part = { loaded, of, accepted, rejected, updates };
  if (first === undefined) return [part];

  return [{ ...part, of: first.of, accepted: accepted.length === 0 ? [] : [first.cells], updates: [] }, part];
}
