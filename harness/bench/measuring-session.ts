/**
 * Pins the settings on which plans and counts depend, on every session and on servers of our own. They are reported with
 * the figures.
 */
import { abbreviateStatement, type Session, type StatementResult } from "../database/session.ts";
import { HarnessError } from "../errors.ts";

/** For a server of our own: the largest default table and its indexes fit, so that a warm run reads nothing. */
export const SERVER_PINS: Readonly<Record<string, string>> = {
  shared_buffers: "512MB",
  // After a checkpoint the next write to each page logs a full page image and counts it as dirtied again.
  max_wal_size: "1GB",
  checkpoint_timeout: "1h",
  bgwriter_lru_maxpages: "0",
};

/** For each measuring session. Parallel workers have counters of their own and share rows at random: there are none. */
export const SESSION_PINS: Readonly<Record<string, string>> = {
  max_parallel_workers_per_gather: "0",
  max_parallel_maintenance_workers: "0",
  work_mem: "4MB",
  hash_mem_multiplier: "2",
  maintenance_work_mem: "64MB",
  seq_page_cost: "1",
  random_page_cost: "4",
  effective_cache_size: "4GB",
  jit: "off",
  // Each scan starts at the first page and returns rows in the same order.
  synchronize_seqscans: "off",
  plan_cache_mode: "auto",
  // VACUUM sets a page all-visible only once its transactions are flushed: otherwise its result depends on timing.
  synchronous_commit: "on",
};

/** For a measured statement. */
const STATEMENT_LIMIT = "1h";

/** Makes the planner use an index if one could serve. */
export const WITHOUT_SCANS: Settings = { enable_seqscan: "off" };

export type Settings = Readonly<Record<string, string>>;

/** Pins the settings of a measuring session, and additional ones. */
export async function pinSettings(session: Session, additional: Settings = {}): Promise<Session> {
  const settings = Object.entries({ ...SESSION_PINS, statement_timeout: STATEMENT_LIMIT, ...additional });
  await session.query(settings.map(([name, value]) => `SET ${name} = '${value}'`).join("; "));

  return session;
}

/**
 * Executes a statement that a measurement needs to succeed.
 * @param failure what failed, for the message
 * @throws HarnessError with the SQL error
 */
export async function executeRequired(
  session: Session,
  sql: string,
  failure: string,
  remedy: string,
): Promise<StatementResult> {
  const result = await session.tryExecute(sql);
  if (result.error === undefined) return result;
  const { code, message } = result.error;

  throw new HarnessError(`${failure}: ${message} (SQLSTATE ${code}, in: ${abbreviateStatement(sql)})`, remedy);
}
