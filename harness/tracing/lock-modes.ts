/**
 * Defines PostgreSQL's table lock modes and their conflicts (pure; PostgreSQL manual, 13.3.1 Table-Level Locks). A test
 * compares the matrix with the server.
 */

/** From the weakest to the strongest. */
export const LOCK_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

/** A lock on a whole table. */
export type TableMode = (typeof LOCK_MODES)[number];

/** A lock on a table, or on rows of it, as an UPDATE of non-key columns takes it; two of them on one row conflict. */
export interface Lock {
  readonly table: string;
  readonly mode: TableMode | "FOR NO KEY UPDATE";
}

/** What a held mode blocks: reads take ACCESS SHARE, writes ROW EXCLUSIVE. */
export type BlockedOperations = "reads and writes" | "writes" | "nothing";

/** The conflicting modes of each, by index in LOCK_MODES. */
const CONFLICTS: Readonly<Record<TableMode, readonly number[]>> = {
  "ACCESS SHARE": [7],
  "ROW SHARE": [6, 7],
  "ROW EXCLUSIVE": [4, 5, 6, 7],
  "SHARE UPDATE EXCLUSIVE": [3, 4, 5, 6, 7],
  SHARE: [2, 3, 5, 6, 7],
  "SHARE ROW EXCLUSIVE": [2, 3, 4, 5, 6, 7],
  EXCLUSIVE: [1, 2, 3, 4, 5, 6, 7],
  "ACCESS EXCLUSIVE": [0, 1, 2, 3, 4, 5, 6, 7],
};

/** Whether two sessions cannot hold these modes on one table at once. */
export function modesConflict(one: TableMode, other: TableMode): boolean {
  return CONFLICTS[one].includes(LOCK_MODES.indexOf(other));
}

/** Whether two sessions cannot hold these locks at once. Two row locks on one table may be on the same row. */
export function locksConflict(one: Lock, other: Lock): boolean {
  if (one.table !== other.table) return false;
  if (isTableMode(one.mode) && isTableMode(other.mode)) return modesConflict(one.mode, other.mode);

  return one.mode === other.mode;
}

export function isTableMode(mode: Lock["mode"]): mode is TableMode {
  return mode !== "FOR NO KEY UPDATE";
}

export function blockedOperations(mode: TableMode): BlockedOperations {
  if (modesConflict(mode, "ACCESS SHARE")) return "reads and writes";

  return modesConflict(mode, "ROW EXCLUSIVE") ? "writes" : "nothing";
}

export function strongerMode(one: TableMode, other: TableMode): TableMode {
  return LOCK_MODES.indexOf(one) >= LOCK_MODES.indexOf(other) ? one : other;
}

/** The strongest mode on each table, in the order of the tables' names. */
export function strongestLocks(locks: readonly Lock[]): ReadonlyMap<string, TableMode> {
  const strongest = new Map<string, TableMode>();
  for (const { table, mode } of locks.toSorted((one, other) => (one.table < other.table ? -1 : 1))) {
    if (mode !== "FOR NO KEY UPDATE") strongest.set(table, strongerMode(strongest.get(table) ?? mode, mode));
  }

  return strongest;
}

/** `ACCESS EXCLUSIVE` for `AccessExclusiveLock`, as pg_locks spells it; undefined if it is no table lock mode. */
export function parseLockMode(name: string): TableMode | undefined {
  const spelled = name
    .replace(/Lock$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();

  return LOCK_MODES.find((mode) => mode === spelled);
}
