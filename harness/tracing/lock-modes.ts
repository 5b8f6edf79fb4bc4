/**
 * PostgreSQL's lock modes, spelled as its manual spells them, and which of them stop which (pure): the conflict matrix
 * is written out once, and a test holds it against the server.
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

/** A lock on a table as a whole. */
export type TableMode = (typeof LOCK_MODES)[number];

/** A lock on rows of a table, as an update of no key takes it: two of them on one row never go together. */
export type RowMode = "FOR NO KEY UPDATE";

/** A lock on a table, or on rows of it. */
export interface Lock {
  readonly table: string;
  readonly mode: TableMode | RowMode;
}

/** What a mode stops while it is held: a reader takes ACCESS SHARE, a writer ROW EXCLUSIVE. */
export type Stopped = "reads and writes" | "writes" | "nothing";

/** The modes that conflict with each, by their place in LOCK_MODES. */
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

/** Whether two sessions cannot hold these modes on one table at the same time. */
export function modesConflict(one: TableMode, other: TableMode): boolean {
  return CONFLICTS[one].includes(LOCK_MODES.indexOf(other));
}

/** Whether two sessions cannot hold these locks together. Two locks on rows of a table may meet on the same row. */
export function locksConflict(one: Lock, other: Lock): boolean {
  if (one.table !== other.table) {
    return false;
  }
  if (isTableMode(one.mode) && isTableMode(other.mode)) {
    return modesConflict(one.mode, other.mode);
  }

  return one.mode === other.mode;
}

export function isTableMode(mode: Lock["mode"]): mode is TableMode {
  return mode !== "FOR NO KEY UPDATE";
}

export function stoppedBy(mode: TableMode): Stopped {
  if (modesConflict(mode, "ACCESS SHARE")) {
    return "reads and writes";
  }

  return modesConflict(mode, "ROW EXCLUSIVE") ? "writes" : "nothing";
}

/** The stronger of two modes. */
export function stronger(one: TableMode, other: TableMode): TableMode {
  return LOCK_MODES.indexOf(one) >= LOCK_MODES.indexOf(other) ? one : other;
}

/** `ACCESS EXCLUSIVE` of `AccessExclusiveLock`, as pg_locks writes it; undefined for the locks of other things. */
export function modeOf(name: string): TableMode | undefined {
  const spelled = name
    .replace(/Lock$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();

  return LOCK_MODES.find((mode) => mode === spelled);
}
