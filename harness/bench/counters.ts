/**
 * What a session has done so far, counted by the server: the difference of two readings is what lay between. It serves
 * for what EXPLAIN cannot look at, and it is told by the session itself, so that nobody else's work is in it.
 */
import type { Row, Session } from "../database/session.ts";
import type { Counts } from "./plans/facts.ts";

/** Counters that only grow. */
export interface Counters {
  /** Pages of the user's tables and indexes, hit or read. */
  readonly buffers: number;
  readonly updated: number;
  readonly heapOnly: number;
  /** Undefined where the server does not count by session, before version 18. */
  readonly walRecords?: number;
  readonly walBytes: number;
  /** Where the log stands, as the server writes it. */
  readonly lsn: string;
}

/** Reads the counters of a session that is in no transaction. */
export async function readCounters(session: Session): Promise<Counters> {
  const [{ version = "0" } = {}] = await session.query(
    "SELECT current_setting('server_version_num') AS version",
  );
  const bySession = Number(version) >= 180_000;
  await session.query("SELECT pg_stat_force_next_flush()");
  const [row = {}] = await session.query(`SELECT ${COLUMNS}, ${bySession ? BY_SESSION : BY_LOG}`);
  const records = row["wal_records"];

  return {
    buffers: numberIn(row, "buffers"),
    updated: numberIn(row, "updated"),
    heapOnly: numberIn(row, "heap_only"),
    ...(records === null || records === undefined ? {} : { walRecords: Number(records) }),
    walBytes: numberIn(row, "wal_bytes"),
    lsn: row["lsn"] ?? "0/0",
  };
}

const COLUMNS = `
  (SELECT coalesce(sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)
     + coalesce(toast_blks_hit + toast_blks_read + tidx_blks_hit + tidx_blks_read, 0)), 0)
   FROM pg_statio_user_tables) AS buffers,
  (SELECT coalesce(sum(n_tup_upd), 0) FROM pg_stat_user_tables) AS updated,
  (SELECT coalesce(sum(n_tup_hot_upd), 0) FROM pg_stat_user_tables) AS heap_only,
  pg_current_wal_insert_lsn() AS lsn`;
const BY_SESSION = `
  (SELECT wal_records FROM pg_stat_get_backend_wal(pg_backend_pid())) AS wal_records,
  (SELECT wal_bytes FROM pg_stat_get_backend_wal(pg_backend_pid())) AS wal_bytes`;
const BY_LOG = "NULL AS wal_records, pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal_bytes";

function numberIn(row: Row, column: string): number {
  return Number(row[column] ?? 0);
}

/** What lay between two readings. A share of updates is there only where something was updated. */
export function countsBetween(before: Counters, after: Counters): Counts {
  const updated = after.updated - before.updated;
  const records =
    before.walRecords === undefined || after.walRecords === undefined
      ? undefined
      : after.walRecords - before.walRecords;

  return {
    buffers: after.buffers - before.buffers,
    ...(records === undefined ? {} : { walRecords: records }),
    walBytes: after.walBytes - before.walBytes,
    ...(updated > 0 ? { hotShare: (after.heapOnly - before.heapOnly) / updated } : {}),
  };
}

/** The records that put an entry into an index, as pg_walinspect names them. */
const INDEX_ENTRIES = "^(Btree/INSERT_(LEAF|POST)|Hash/INSERT|Gin/INSERT|Gist/PAGE_UPDATE|SPGist/ADD_LEAF)";

/** How many index entries the log tells of between two places; undefined where the server has no pg_walinspect. */
export async function indexEntriesBetween(
  session: Session,
  from: string,
  to: string,
): Promise<number | undefined> {
  if (from === to) return 0;
  const { refusal } = await session.attempt("CREATE EXTENSION IF NOT EXISTS pg_walinspect");
  if (refusal !== undefined) return undefined;
  // Only what is flushed can be read, and a transaction that waits for its own record to be flushed leaves it so.
  await session.query("SET synchronous_commit = on");
  await session.query("SELECT pg_logical_emit_message(true, 'plumbline', '')");
  const [row] = await session.query(
    `SELECT coalesce(sum(count), 0) AS entries FROM pg_get_wal_stats($1, $2, true)
     WHERE "resource_manager/record_type" ~ '${INDEX_ENTRIES}'`,
    [from, to],
  );

  return Number(row?.["entries"] ?? 0);
}
