/** Fills one table with many rows, for benchmarks: ordinary rows, some thousand a statement. */
import type { Session } from "../database/session.ts";
import { generateRow, type Row } from "./generate-row.ts";
import { loadRows } from "./load-rows.ts";
import { type MaterializeOptions, Materializer } from "./materialize.ts";
import { randomFrom } from "./random-from.ts";
import type { RowPlan } from "./row-plan.ts";

const CHUNK_ROWS = 2_000;

/**
 * Inserts about so many rows, and the parents that they require; the same seed gives the same rows.
 * @returns how many rows the server accepted
 */
export async function fillTable(
  session: Session,
  plan: RowPlan,
  { table, rows, seed }: { readonly table: string; readonly rows: number; readonly seed: number },
  options: MaterializeOptions = {},
): Promise<number> {
  const of = plan.byKey.get(table);
  if (of === undefined) return 0;
  const materializer = new Materializer(plan, options);
  const { hints = {} } = options;
  const random = randomFrom(seed);
  const generateRows = (count: number): Row[] =>
    Array.from({ length: count }, () => generateRow({ plan, of, level: "ordinary", random, hints }));
  let accepted = 0;
  let chunk = generateRows(Math.min(CHUNK_ROWS, rows));
  for (let sent = 0; sent < rows; sent += CHUNK_ROWS) {
    const loading = loadRows(session, plan, materializer.next({ [table]: chunk }));
    // While the server inserts, the next rows are generated.
    chunk = generateRows(Math.max(0, Math.min(CHUNK_ROWS, rows - sent - CHUNK_ROWS)));
    const loaded = await loading;
    materializer.settle(loaded);
    accepted += loaded.find((filled) => filled.of === of)?.accepted.length ?? 0;
  }

  return accepted;
}
