/**
 * Whether steps that have not ended will do so by themselves (pure). A step waits for good when one of those that it
 * waits for will not move before the next step is sent: an idle session, an outsider, or a step that waits for good
 * itself. A circle of waits is none of these: the server's deadlock detector is about to break it.
 */

/** Who waits for whom: by session under way, the sessions and outsiders that it waits for; nobody where it runs. */
export type Waits = ReadonlyMap<string, readonly string[]>;

/** The sessions under way that stand still until another step is sent. */
export function stuckIn(waits: Waits): ReadonlySet<string> {
  const stuck = new Set<string>();
  for (let grown = true; grown; ) {
    grown = false;
    for (const [session, blockers] of waits) {
      if (!stuck.has(session) && blockers.some((blocker) => !waits.has(blocker) || stuck.has(blocker))) {
        stuck.add(session);
        grown = true;
      }
    }
  }

  return stuck;
}

/** Whether nothing more will happen: everyone under way is stuck, and no circle is left for the server to break. */
export function standsStill(waits: Waits): boolean {
  return stuckIn(waits).size === waits.size && ![...waits.keys()].some((session) => inCircle(session, waits));
}

function inCircle(start: string, waits: Waits): boolean {
  const seen = new Set<string>();
  const next = [...(waits.get(start) ?? [])];
  for (let session = next.pop(); session !== undefined; session = next.pop()) {
    if (session === start) {
      return true;
    }
    if (!seen.has(session)) {
      seen.add(session);
      next.push(...(waits.get(session) ?? []));
    }
  }

  return false;
}
