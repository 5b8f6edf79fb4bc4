/**
 * Reads what a session has done so far from the server's counters, for statements that EXPLAIN cannot measure. The
 * session reads its own counters, so that no other session's work is included.
 */
import type { Session, TextRow } from "../database/session.ts";
import type { Counts } from "./plans/facts.ts";

/** Counters that only grow. @param session one that is in no transaction */
export async function readCounters(session: Session) {
  const [{ version = "0" } = {}] = await session.query("SELECT current_setting('server_version_num') AS version");
  const bySession = Number(version) >= 180_000;
  await session.query("SELECT pg_stat_force_next_flush()");
  const [row = {}] = await session.query(`SELECT ${COLUMNS}, ${bySession ? BY_SESSION : BY_LOG}`);

  return {
    /** Pages of user tables and indexes, hit or read. */
    buffers: readNumber(row, "buffers"),
    updated: readNumber(row, "updated"),
    heapOnly: readNumber(row, "heap_only"),
    /** Undefined before PostgreSQL 18, which has no such counter per session. */
    walRecords: row["wal_records"] == null ? undefined : readNumber(row, "wal_records"),
    walBytes: readNumber(row, "wal_bytes"),
    /** The WAL insert position, as the server writes it. */
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

function readNumber(row: TextRow, column: string): number {
  return Number(row[column] ?? 0);
}

type SessionCounters = Awaited<ReturnType<typeof readCounters>>;

/** The counts between two readings; `hotShare` only if rows were updated. */
export function diffCounters(before: SessionCounters, after: SessionCounters): Counts {
  const updated = after.updated - before.updated;

  return {
    buffers: after.buffers - before.buffers,
    ...(before.walRecords === undefined || after.walRecords === undefined
      ? {}
      : { walRecords: after.walRecords - before.walRecords }),
    walBytes: after.walBytes - before.walBytes,
    ...(updated > 0 ? { hotShare: (after.heapOnly - before.heapOnly) / updated } : {}),
  };
}

/** The WAL records that insert an index entry, as pg_walinspect names them. */
const INDEX_ENTRIES = "^(Btree/INSERT_(LEAF|POST)|Hash/INSERT|Gin/INSERT|Gist/PAGE_UPDATE|SPGist/ADD_LEAF)";

/** How many index entries the WAL between two positions inserts; undefined without pg_walinspect. */
export async function countIndexEntries(session: Session, from: string, to: string): Promise<number | undefined> {
  if (from === to) return 0;
  const { error } = await session.tryExecute("CREATE EXTENSION IF NOT EXISTS pg_walinspect");
  if (error !== undefined) return undefined;
  // Only flushed WAL can be read; a transaction that waits for its own record flushes what comes before it.
  await session.query("SET synchronous_commit = on");
  await session.query("SELECT pg_logical_emit_message(true, 'plumbline', '')");
  const [row] = await session.query(
    `SELECT coalesce(sum(count), 0) AS entries FROM pg_get_wal_stats($1, $2, true)
     WHERE "resource_manager/record_type" ~ '${INDEX_ENTRIES}'`,
    [from, to],
  );

  return Number(row?.["entries"] ?? 0);
}
