/**
 * Decides whether steps in flight will end without another step (pure). A step is blocked when one that it waits for will
 * not move: an idle session, another connection, or a blocked step. A cycle of waits is not blocked: the server's
 * deadlock detector breaks it (PostgreSQL manual, 13.3.4 Deadlocks).
 */

/** By session in flight, the sessions and other connections that it waits for; none where it runs. */
export type Waits = ReadonlyMap<string, readonly string[]>;

/** The sessions in flight that are blocked until another step is sent. */
export function findBlocked(waits: Waits): ReadonlySet<string> {
  const blocked = new Set<string>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const [session, blockers] of waits) {
      if (!blocked.has(session) && blockers.some((one) => !waits.has(one) || blocked.has(one))) {
        blocked.add(session);
        grown = true;
      }
    }
  }

  return blocked;
}

/** Whether nothing more will happen: all sessions in flight are blocked, and none is in a cycle. */
export function isQuiescent(waits: Waits): boolean {
  return findBlocked(waits).size === waits.size && ![...waits.keys()].some((session) => inCycle(session, waits));
}

function inCycle(start: string, waits: Waits): boolean {
  const seen = new Set<string>();
  const next = [...(waits.get(start) ?? [])];
  for (let session = next.pop(); session !== undefined; session = next.pop()) {
    if (session === start) return true;
    if (!seen.has(session)) {
      seen.add(session);
      next.push(...(waits.get(session) ?? []));
    }
  }

  return false;
}
