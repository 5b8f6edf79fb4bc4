/**
 * Predicts deadlocks (pure; PostgreSQL manual, 13.3.4 Deadlocks): what each statement holds while it waits for another
 * lock determines which two can end up waiting for each other.
 */
import { isTableMode, type Lock, locksConflict } from "./lock-modes.ts";

/** All that a statement holds while it waits for one more lock. */
export interface LockAcquisition {
  /** The statement's name. */
  readonly actor: string;
  readonly holding: readonly Lock[];
  readonly wanted: Lock;
}

/** Two statements of which each holds what the other wants. */
export interface Deadlock {
  readonly one: LockAcquisition;
  readonly other: LockAcquisition;
  /** `one` holds it and `other` wants it. */
  readonly heldByOne: Lock;
  /** `other` holds it and `one` wants it. */
  readonly heldByOther: Lock;
}

/**
 * Every pair of statements that can deadlock, each pair once; a statement may deadlock with another run of itself. Two
 * that hold conflicting locks already cannot run at the same time and are left out.
 */
export function findDeadlocks(acquisitions: readonly LockAcquisition[]): readonly Deadlock[] {
  const found = new Map<string, Deadlock>();

  for (const [index, one] of acquisitions.entries()) {
    for (const other of acquisitions.slice(index)) {
      const pair = JSON.stringify([one.actor, other.actor].sort());
      const deadlock = detectDeadlock(one, other);
      if (deadlock !== undefined && !found.has(pair)) found.set(pair, deadlock);
    }
  }

  return [...found.values()];
}

/** `a holds SHARE on t and wants …, while b holds … ` */
export function formatDeadlock({ one, other, heldByOne, heldByOther }: Deadlock): string {
  const counterpart = one.actor === other.actor ? "another run of it" : other.actor;

  return `${one.actor} holds ${formatLock(heldByOne)} and waits for ${formatLock(one.wanted)}, while ${counterpart} holds ${formatLock(heldByOther)} and waits for ${formatLock(other.wanted)}`;
}

/** `SHARE on t`, or `FOR NO KEY UPDATE on rows of t`. */
export function formatLock({ table, mode }: Lock): string {
  return isTableMode(mode) ? `${mode} on ${table}` : `${mode} on rows of ${table}`;
}

function detectDeadlock(one: LockAcquisition, other: LockAcquisition): Deadlock | undefined {
  const heldByOne = one.holding.find((lock) => locksConflict(lock, other.wanted));
  const heldByOther = other.holding.find((lock) => locksConflict(lock, one.wanted));

  return heldByOne === undefined || heldByOther === undefined || excludesOther(one, other)
    ? undefined
    : { one, other, heldByOne, heldByOther };
}

/** Row locks do not exclude each other: they may be on different rows. */
function excludesOther(one: LockAcquisition, other: LockAcquisition): boolean {
  return one.holding.some(
    (mine) => isTableMode(mine.mode) && other.holding.some((theirs) => locksConflict(mine, theirs)),
  );
}
