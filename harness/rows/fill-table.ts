/** Fills one table with many rows, for benchmarks: ordinary rows, some thousand a statement. */
import type { Session } from "../database/session.ts";
import type { MaterializedTable } from "./batches.ts";
import { generateRow, type Row } from "./generate-row.ts";
import { formatInserts } from "./insert-script.ts";
import { loadRows } from "./load-rows.ts";
import { type MaterializeOptions, Materializer } from "./materialize.ts";
import { randomFrom } from "./random-from.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";

/** About 200 KB of text: more would wait in the socket while the next rows are generated. */
const CHUNK_ROWS = 1_000;

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
    const loading = loadChunk(session, plan, materializer, of, materializer.next({ [table]: chunk }));
    // While the server inserts, the next rows are generated.
    chunk = generateRows(Math.max(0, Math.min(CHUNK_ROWS, rows - sent - CHUNK_ROWS)));
    accepted += await loading;
  }

  return accepted;
}

/** @returns how many rows of the table the server accepted */
async function loadChunk(
  session: Session,
  plan: RowPlan,
  materializer: Materializer,
  of: TablePlan,
  tables: readonly MaterializedTable[],
): Promise<number> {
  const own = tables.filter((each) => each.of === of);
  if (await insertAll(session, tables)) return own.reduce((sum, { rows }) => sum + rows.length, 0);
  const loaded = await loadRows(session, plan, tables, materializer.parents);
  materializer.settle(loaded);

  return loaded.filter((each) => each.of === of).reduce((sum, { accepted }) => sum + accepted.length, 0);
}

const INSERT_ALL = `DO $insert$
BEGIN
  PERFORM set_config('plumbline.loaded', 'false', false);
  EXECUTE current_setting('plumbline.rows');
  SET CONSTRAINTS ALL IMMEDIATE;
  SET CONSTRAINTS ALL DEFERRED;
  PERFORM set_config('plumbline.loaded', 'true', false);
EXCEPTION WHEN OTHERS THEN
  -- The rows are loaded with an exception block each.
  NULL;
END
$insert$`;

/** Inserts all rows of a table with one statement. @returns false if the server rejects one, and has none of them */
async function insertAll(session: Session, tables: readonly MaterializedTable[]): Promise<boolean> {
  const sent = tables.flatMap(({ rows, first }) => (first === undefined ? rows : [...rows, first.row]));
  if (sent.some(({ later }) => Object.keys(later).length > 0)) return false;
  const inserted = tables.map(({ of, rows, first }, at) => ({
    ...{ of, at, accepted: rows.map(({ cells }) => cells) },
    ...(first === undefined ? {} : { first: { of: first.of, cells: first.row.cells } }),
  }));
  const inserts = formatInserts([{ inserted, updates: [] }]);
  const [row] = await session.query(
    `SELECT set_config('plumbline.rows', ${quote(inserts)}, false); ${INSERT_ALL};
SELECT current_setting('plumbline.loaded') AS loaded, set_config('plumbline.rows', '', false)`,
  );

  return row?.["loaded"] === "true";
}

/** A dollar-quoted literal, since escaping takes as long as generating the rows. */
function quote(text: string): string {
  let number = 0;
  while (text.includes(`$rows${number}$`)) number += 1;

  return `$rows${number}$${text}$rows${number}$`;
}
