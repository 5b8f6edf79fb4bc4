/**
 * Measures a query by EXPLAIN ANALYZE, after a warm run, in a transaction that is rolled back. Reads the plans of
 * statements inside functions: auto_explain sends them as notices to the session that runs them (PostgreSQL manual, F.3
 * auto_explain). Without that module they are unknown.
 */
import type { Notice, Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { BenchQuery, PlanShape } from "./gate.ts";
import { pinSettings, WITHOUT_SCANS } from "./measuring-session.ts";
import { flattenPlan, parsePlan } from "./plans/explain.ts";
import type { Measurement, QueryPlan } from "./plans/facts.ts";
import { describeForcedPlan, findShapeViolations } from "./plans/shape.ts";

const EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, WAL, SETTINGS, TIMING OFF, FORMAT JSON)";

/**
 * @param session may have other settings afterwards
 * @throws HarnessError if the query raises an error
 */
export async function measureQuery(
  session: Session,
  { name, sql }: BenchQuery,
  rows: number,
  shape: PlanShape,
): Promise<Measurement> {
  await explainAnalyze(session, name, sql);
  const began = performance.now();
  const plan = await explainAnalyze(session, name, sql);
  const durationMs = performance.now() - began;
  const pages = await countTablePages(session, plan);
  const { buffers = 0 } = plan.counts;
  const counts = { ...plan.counts, ...(pages === 0 ? {} : { passes: buffers / pages }) };
  const measurement: Measurement = { rows, counts, plan, durationMs };
  if (findShapeViolations(measurement, shape).length === 0) return measurement;
  const forced = await explainAnalyze(await pinSettings(session, WITHOUT_SCANS), name, sql);

  return { ...measurement, forced: describeForcedPlan({ plan: forced }, shape, forced.counts.buffers ?? 0) };
}

/** The plan of an executed statement, whose changes are rolled back. */
export async function explainAnalyze(session: Session, name: string, sql: string): Promise<QueryPlan> {
  const { rows, error } = await session.tryAndRollBack([`${EXPLAIN} ${sql}`]);
  if (error !== undefined) {
    throw new HarnessError(
      `${name} failed: ${error.message} (SQLSTATE ${error.code})`,
      "Fix the query, or what it needs to find in the database",
    );
  }

  return parsePlan(rows[0]?.[0] ?? "");
}

async function countTablePages(session: Session, plan: QueryPlan): Promise<number> {
  const tables = [...new Set(flattenPlan(plan.root).flatMap(({ relation }) => relation ?? []))];
  const [row] = await session.query(
    `SELECT coalesce(sum(pg_relation_size(oid) / current_setting('block_size')::int), 0) AS pages
     FROM pg_class WHERE relname = ANY ($1) AND relkind IN ('r', 'm')`,
    [tables],
  );

  return Number(row?.["pages"] ?? 0);
}

const AUTO_EXPLAIN: Readonly<Record<string, string>> = {
  log_min_duration: "0",
  log_level: "notice",
  log_nested_statements: "on",
  log_format: "json",
  log_analyze: "on",
  log_timing: "off",
  log_buffers: "on",
  log_wal: "on",
};

/** Makes the session report the plans of what it runs from now on; false if it cannot. */
export async function enableAutoExplain(session: Session): Promise<boolean> {
  const { error } = await session.tryExecute("LOAD 'auto_explain'");
  if (error !== undefined) return false;
  const settings = Object.entries(AUTO_EXPLAIN).map(([name, value]) => `SET auto_explain.${name} = ${value}`);
  await session.query(`SET client_min_messages = notice; ${settings.join("; ")}`);

  return true;
}

/**
 * The plans among the notices of a statement, in the order of execution.
 * @param sql the statement itself, whose own plan is left out; its reported text includes what was sent around it
 */
export function parseAutoExplain(notices: readonly Notice[], sql?: string): readonly QueryPlan[] {
  return notices
    .flatMap(
      ({ message }) => /^duration: [\d.]+ ms {2}plan:\n(?<json>\{[\s\S]*)$/.exec(message)?.groups?.["json"] ?? [],
    )
    .map(parsePlan)
    .filter((plan) => sql === undefined || plan.sql?.includes(sql.trim()) !== true);
}
