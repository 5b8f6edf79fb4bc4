/**
 * Reads which locks a session holds and waits for (PostgreSQL manual, 52.12 pg_locks). Only relations that existed
 * before count: other sessions cannot see what a statement has just created.
 */
import type { Session } from "../database/session.ts";
import { type Lock, parseLockMode, type TableMode } from "./lock-modes.ts";
import type { RelationsByOid } from "./relations.ts";

/** What a session waits for. */
export type WaitTarget =
  | { readonly kind: "table"; readonly table: string; readonly mode: TableMode }
  /** Rows that another transaction has locked. */
  | { readonly kind: "rows"; readonly table?: string }
  /** The end of earlier transactions, as CREATE INDEX CONCURRENTLY waits for it. */
  | { readonly kind: "transactions" };

/** The locks of one session. */
export interface HeldLocks {
  /** Every granted mode, on tables and on their indexes; an index counts as its table. */
  readonly granted: readonly Lock[];
  readonly awaited?: WaitTarget;
}

interface LockEntry {
  readonly type: string;
  readonly table: string | undefined;
  readonly mode: TableMode | undefined;
  readonly granted: boolean;
}

const LOCKS = `SELECT locktype, relation, mode, granted FROM pg_catalog.pg_locks
WHERE pid = $1 AND database IS NOT DISTINCT FROM
  CASE WHEN locktype IN ('relation', 'tuple') THEN (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
  ELSE database END
ORDER BY relation, mode`;

/** @param reader reads them: another session, or the same one */
export async function readHeldLocks(reader: Session, { pid }: Session, relations: RelationsByOid): Promise<HeldLocks> {
  const rows = await reader.query(LOCKS, [pid]);
  const entries = rows.map(
    (row): LockEntry => ({
      type: row["locktype"] ?? "",
      table: resolveTable(relations, row["relation"] ?? ""),
      mode: parseLockMode(row["mode"] ?? ""),
      granted: row["granted"] === "t",
    }),
  );
  const awaited = findWaitTarget(entries);

  return { granted: listGranted(entries), ...(awaited === undefined ? {} : { awaited }) };
}

/**
 * How many rows of the table are locked by any session; undefined if the whole table is.
 * @param session one that is in no transaction
 */
export async function countLockedRows(session: Session, table: string): Promise<number | undefined> {
  const { rows, error } = await session.tryAndRollBack([
    "SET LOCAL lock_timeout = '50ms'",
    `SELECT (SELECT count(*) FROM ${table}) - (SELECT count(*) FROM (SELECT FROM ${table} FOR NO KEY UPDATE SKIP LOCKED) AS free)`,
  ]);

  return error === undefined ? Number(rows[0]?.[0]) : undefined;
}

/** The table of a relation; undefined for sequences and views, whose locks accompany those of tables. */
export function resolveTable(relations: RelationsByOid, oid: string): string | undefined {
  const relation = relations.get(oid);

  return relation === undefined || "Sv".includes(relation.kind) ? undefined : relation.table;
}

function listGranted(entries: readonly LockEntry[]): readonly Lock[] {
  const granted = new Map<string, Lock>();
  for (const { type, table, mode, granted: isGranted } of entries) {
    if (type === "relation" && table !== undefined && mode !== undefined && isGranted) {
      granted.set(`${table} ${mode}`, { table, mode });
    }
  }

  return [...granted.values()];
}

function findWaitTarget(entries: readonly LockEntry[]): WaitTarget | undefined {
  const awaited = entries.find(({ granted }) => !granted);
  if (awaited === undefined) return undefined;
  if (awaited.type === "virtualxid") return { kind: "transactions" };
  if (awaited.type === "relation" && awaited.table !== undefined && awaited.mode !== undefined) {
    return { kind: "table", table: awaited.table, mode: awaited.mode };
  }
  // A session that waits for a row first takes a tuple lock, which names the table.
  const table = entries.find(({ type }) => type === "tuple")?.table;

  return { kind: "rows", ...(table === undefined ? {} : { table }) };
}
