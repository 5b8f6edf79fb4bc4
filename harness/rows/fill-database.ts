/** Fills a database with a dataset: materializes it, loads it, and replaces rows that the server rejects. */
import type { Session } from "../database/session.ts";
import { type Dataset, randomFrom } from "./dataset.ts";
import { generateRow } from "./generate-row.ts";
import { type LoadedTable, loadRows, type RejectedRow } from "./load-rows.ts";
import { type MaterializeOptions, materialize } from "./materialize.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";

export interface FilledTable extends LoadedTable {
  /** Of the rows that were sent first: those that the server rejected. */
  readonly rejected: readonly RejectedRow[];
}

/** Rejected rows are replaced so many times. */
const ROUNDS_MAX = 3;

/**
 * Fills the database. One round trip where all rows are accepted; for the same dataset the same rows, whatever the server.
 * @returns the tables in the order of insertion, each with the rows that are there now
 */
export async function fillDatabase(
  session: Session,
  plan: RowPlan,
  dataset: Dataset,
  options: MaterializeOptions = {},
): Promise<readonly FilledTable[]> {
  const filled = new Map<string, FilledTable>();
  let pending = materialize(plan, dataset, options);
  for (let round = 0; round < ROUNDS_MAX && pending.length > 0; round += 1) {
    const loaded = await loadRows(session, plan, pending, acceptedCounts(filled));
    for (const table of loaded) filled.set(table.of.key, join(filled.get(table.of.key), table));
    const missing = loaded.filter(({ rejected }) => rejected.length > 0);
    const replacements = Object.fromEntries(
      missing.map(({ of, rejected }) => [
        of.key,
        rejected.map(({ index }) => replacement(plan, of, round * 1_000 + index, options)),
      ]),
    );
    pending = materialize(plan, replacements, { ...options, existing: knownRows(filled, options) });
  }

  return plan.tables.flatMap(({ key }) => filled.get(key) ?? []);
}

function join(before: FilledTable | undefined, now: LoadedTable): FilledTable {
  if (before === undefined) return now;

  return { ...before, accepted: [...before.accepted, ...now.accepted] };
}

function replacement(plan: RowPlan, of: TablePlan, number: number, { hints }: MaterializeOptions) {
  const more = hints === undefined ? {} : { hints };

  return generateRow({
    plan,
    of,
    level: "ordinary",
    random: randomFrom(number + of.key.length * 7_919),
    ...more,
  });
}

function acceptedCounts(filled: ReadonlyMap<string, FilledTable>): ReadonlyMap<string, number> {
  return new Map([...filled].map(([key, { accepted }]) => [key, accepted.length]));
}

/** What is there: parents for the rows that follow, and keys that are taken. */
function knownRows(filled: ReadonlyMap<string, FilledTable>, { existing = {} }: MaterializeOptions) {
  const known: Record<string, Record<string, string | null>[]> = {};
  for (const [key, rows] of Object.entries(existing)) known[key] = rows.map((row) => ({ ...row }));
  for (const [key, { accepted }] of filled) {
    known[key] = [
      ...(known[key] ?? []),
      ...accepted.map((cells) =>
        Object.fromEntries(Object.entries(cells).map(([name, value]) => [name, value ?? null])),
      ),
    ];
  }

  return known;
}
