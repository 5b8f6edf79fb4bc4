/** Says of which releases the way back is known (pure). */
import { Inconclusive } from "../../../harness/errors.ts";
import type { Release } from "../../../harness/release/release.ts";

/** False where a tool keeps no downs: no rule about a rollback is then decided. */
export function hasWayBack({ origin, lists }: Release): boolean {
  return origin?.hasDowns !== false || hasRollback(lists);
}

/** @throws Inconclusive if the release lists no rollback; a folder says which of its migrations have none, or unknown ones */
export function requireRollback({ origin, lists }: Release): void {
  if (origin?.unknownDown !== undefined) throw new Inconclusive(origin.unknownDown);
  if (origin === undefined && !hasRollback(lists)) throw new Inconclusive("release.json lists no rollback");
}

function hasRollback(lists: Release["lists"]): boolean {
  return Object.keys(lists).some((name) => name.startsWith("rollback."));
}
