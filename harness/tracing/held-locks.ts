/**
 * What a session holds and waits for, as pg_locks has it at this moment. Only locks on relations that were there before
 * count: nobody else can see what a statement has just made.
 */
import type { Session } from "../database/session.ts";
import { type Lock, modeOf, stronger, type TableMode } from "./lock-modes.ts";
import type { Relations } from "./relations.ts";

/** What a session waits for. */
export type Awaited =
  | { readonly kind: "table"; readonly table: string; readonly mode: TableMode }
  /** Rows that another transaction has locked. */
  | { readonly kind: "rows"; readonly table?: string }
  /** The end of transactions that began before: what CREATE INDEX CONCURRENTLY waits for. */
  | { readonly kind: "transactions" };

/** The locks of one session. */
export interface Holding {
  /** Every mode that is granted, on tables and on their indexes (told as the table's). */
  readonly granted: readonly Lock[];
  readonly awaited?: Awaited;
}

interface Entry {
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

/** The locks of the session with this process id; the session that asks may be that one, or any other. */
export async function readHolding(session: Session, pid: string, relations: Relations): Promise<Holding> {
  const rows = await session.query(LOCKS, [pid]);
  const entries = rows.map(
    (row): Entry => ({
      type: row["locktype"] ?? "",
      table: tableIn(relations, row["relation"] ?? ""),
      mode: modeOf(row["mode"] ?? ""),
      granted: row["granted"] === "t",
    }),
  );
  const awaited = awaitedOf(entries);

  return { granted: grantedOf(entries), ...(awaited === undefined ? {} : { awaited }) };
}

/** The strongest mode on each table, by the table's name and in the order of the names: a server lists them in any. */
export function strongestOf(locks: readonly Lock[]): ReadonlyMap<string, TableMode> {
  const strongest = new Map<string, TableMode>();
  for (const { table, mode } of locks.toSorted((one, other) => (one.table < other.table ? -1 : 1))) {
    if (mode !== "FOR NO KEY UPDATE") {
      strongest.set(table, stronger(strongest.get(table) ?? mode, mode));
    }
  }

  return strongest;
}

/**
 * How many rows of the table are locked by anyone, or undefined where the table as a whole is.
 * The session that asks must not be in a transaction.
 */
export async function countLockedRows(session: Session, table: string): Promise<number | undefined> {
  const { rows, refusal } = await session.trial([
    "SET LOCAL lock_timeout = '50ms'",
    `SELECT (SELECT count(*) FROM ${table}) - (SELECT count(*) FROM (SELECT FROM ${table} FOR NO KEY UPDATE SKIP LOCKED) AS free)`,
  ]);

  return refusal === undefined ? Number(rows[0]?.[0]) : undefined;
}

/** The process id of a session. */
export async function pidOf(session: Session): Promise<string> {
  const [row] = await session.query("SELECT pg_backend_pid() AS pid");

  return row?.["pid"] ?? "";
}

/** The table of a relation; sequences and views are none, and their locks go with those of tables. */
export function tableIn(relations: Relations, oid: string): string | undefined {
  const relation = relations.get(oid);

  return relation === undefined || "Sv".includes(relation.kind) ? undefined : relation.table;
}

function grantedOf(entries: readonly Entry[]): readonly Lock[] {
  const granted = new Map<string, Lock>();
  for (const { type, table, mode, granted: given } of entries) {
    if (type === "relation" && table !== undefined && mode !== undefined && given) {
      granted.set(`${table} ${mode}`, { table, mode });
    }
  }

  return [...granted.values()];
}

function awaitedOf(entries: readonly Entry[]): Awaited | undefined {
  const awaited = entries.find(({ granted }) => !granted);
  if (awaited === undefined) {
    return undefined;
  }
  if (awaited.type === "virtualxid") {
    return { kind: "transactions" };
  }
  if (awaited.type === "relation" && awaited.table !== undefined && awaited.mode !== undefined) {
    return { kind: "table", table: awaited.table, mode: awaited.mode };
  }
  // Whoever waits for a row first gets hold of the row's place in the queue, which names the table.
  const table = entries.find(({ type }) => type === "tuple")?.table;

  return { kind: "rows", ...(table === undefined ? {} : { table }) };
}
