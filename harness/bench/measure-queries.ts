/**
 * Measuring queries: EXPLAIN ANALYZE of each, after a warm run, in a transaction that is rolled back.
 */
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { Query, Shape } from "./gate.ts";
import { pin, WITHOUT_SCANS } from "./pinned-planner.ts";
import { nodesOf, readPlan } from "./plans/explain.ts";
import type { Plan, Reading } from "./plans/facts.ts";
import { servedBy, shapeFaults } from "./plans/shape.ts";

const EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, WAL, SETTINGS, TIMING OFF, FORMAT JSON)";

/**
 * Measures one query, on a session that is of no use to others afterwards.
 * @throws HarnessError when the server refuses it
 */
export async function measureQuery(
  session: Session,
  { name, sql }: Query,
  rows: number,
  shape: Shape,
): Promise<Reading> {
  await explained(session, name, sql);
  const began = performance.now();
  const plan = await explained(session, name, sql);
  const durationMs = performance.now() - began;
  const pages = await pagesOf(session, plan);
  const { buffers = 0 } = plan.counts;

  const reading: Reading = {
    rows,
    counts: { ...plan.counts, ...(pages === 0 ? {} : { passes: buffers / pages }) },
    plan,
    durationMs,
  };
  if (shapeFaults(reading, shape).length === 0) return reading;
  const forced = await explained(await pin(session, WITHOUT_SCANS), name, sql);

  return { ...reading, served: servedBy({ plan: forced }, shape, forced.counts.buffers ?? 0) };
}

/** The plan of an executed statement, whatever it changed undone. */
export async function explained(session: Session, name: string, sql: string): Promise<Plan> {
  const { rows, refusal } = await session.trial([`${EXPLAIN} ${sql}`]);
  if (refusal !== undefined) {
    throw new HarnessError(
      `${name} was refused: ${refusal.message} (SQLSTATE ${refusal.code})`,
      "Mend the query, or what it needs to find in the database",
    );
  }

  return readPlan(rows[0]?.[0] ?? "");
}

/** How many pages the tables of a plan have. */
async function pagesOf(session: Session, plan: Plan): Promise<number> {
  const tables = [...new Set(nodesOf(plan.root).flatMap(({ relation }) => relation ?? []))];
  const [row] = await session.query(
    `SELECT coalesce(sum(pg_relation_size(oid) / current_setting('block_size')::int), 0) AS pages
     FROM pg_class WHERE relname = ANY ($1) AND relkind IN ('r', 'm')`,
    [tables],
  );

  return Number(row?.["pages"] ?? 0);
}
