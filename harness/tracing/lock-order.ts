/**
 * Deadlocks that nobody has met yet (pure): from what each statement holds while it waits for another lock follows which
 * two of them can end up waiting for each other.
 */
import { isTableMode, type Lock, locksConflict } from "./lock-modes.ts";

/** A moment of a statement: all that it holds while it waits for one lock more. */
export interface Moment {
  /** Whose moment it is. */
  readonly actor: string;
  readonly holding: readonly Lock[];
  readonly wanted: Lock;
}

/** Two moments that keep each other waiting: each holds what the other wants. */
export interface Cycle {
  readonly one: Moment;
  readonly other: Moment;
  /** What `one` holds and `other` wants. */
  readonly heldByOne: Lock;
  /** What `other` holds and `one` wants. */
  readonly heldByOther: Lock;
}

/**
 * Every pair of actors that can deadlock, an actor and another run of itself included, each pair once. Not among them
 * are moments that cannot be at the same time, because both hold locks on a table that exclude each other.
 */
export function cyclesAmong(moments: readonly Moment[]): readonly Cycle[] {
  const found = new Map<string, Cycle>();

  for (const [index, one] of moments.entries()) {
    for (const other of moments.slice(index)) {
      const pair = JSON.stringify([one.actor, other.actor].sort());
      const cycle = cycleOf(one, other);
      if (cycle !== undefined && !found.has(pair)) {
        found.set(pair, cycle);
      }
    }
  }

  return [...found.values()];
}

/** `a holds SHARE on t and wants …, while b holds … ` */
export function tellCycle({ one, other, heldByOne, heldByOther }: Cycle): string {
  const whom = one.actor === other.actor ? "another run of it" : other.actor;

  return `${one.actor} holds ${tellLock(heldByOne)} and waits for ${tellLock(one.wanted)}, while ${whom} holds ${tellLock(heldByOther)} and waits for ${tellLock(other.wanted)}`;
}

/** `SHARE on t`, or `FOR NO KEY UPDATE on rows of t`. */
export function tellLock({ table, mode }: Lock): string {
  return isTableMode(mode) ? `${mode} on ${table}` : `${mode} on rows of ${table}`;
}

function cycleOf(one: Moment, other: Moment): Cycle | undefined {
  const heldByOne = one.holding.find((lock) => locksConflict(lock, other.wanted));
  const heldByOther = other.holding.find((lock) => locksConflict(lock, one.wanted));

  return heldByOne === undefined || heldByOther === undefined || excludeEachOther(one, other)
    ? undefined
    : { one, other, heldByOne, heldByOther };
}

/** Rows are left out: the two may hold different ones. */
function excludeEachOther(one: Moment, other: Moment): boolean {
  return one.holding.some(
    (mine) => isTableMode(mine.mode) && other.holding.some((theirs) => locksConflict(mine, theirs)),
  );
}
