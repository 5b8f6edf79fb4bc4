/**
 * What a plan or a count depends on beside the data is pinned, and told with the figures: the server's settings where it
 * is ours to start, and the session's on every server.
 */
import type { Session } from "../database/session.ts";

/** Of a server of our own: room for the largest table by default and its indexes, so that a warm run reads nothing. */
export const SERVER_PINS: Readonly<Record<string, string>> = {
  shared_buffers: "512MB",
  // A checkpoint on its own account would make pages clean that the next write dirties again.
  max_wal_size: "1GB",
  checkpoint_timeout: "1h",
  bgwriter_lru_maxpages: "0",
};

/** Of each session that measures. Workers count for themselves and share the rows as they come, so there are none. */
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
  // Each scan begins at the first page, so that rows come in the same order.
  synchronize_seqscans: "off",
  plan_cache_mode: "auto",
  // VACUUM takes a row for visible to all only once its transaction is flushed: else what it finds depends on the moment.
  synchronous_commit: "on",
};

/** How long a statement that is measured may take. */
const STATEMENT_LIMIT = "1h";

/** Under which an index is used wherever one could serve. */
export const WITHOUT_SCANS: Settings = { enable_seqscan: "off" };

export type Settings = Readonly<Record<string, string>>;

/** Pins the settings for a session that measures, and some of its own. */
export async function pin(session: Session, own: Settings = {}): Promise<Session> {
  const settings = Object.entries({ ...SESSION_PINS, statement_timeout: STATEMENT_LIMIT, ...own });
  await session.query(settings.map(([name, value]) => `SET ${name} = '${value}'`).join("; "));

  return session;
}
