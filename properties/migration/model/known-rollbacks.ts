/** Says of which releases the way back is known (pure). */
import type { Release } from "../../../harness/release/release.ts";

/** False where a tool keeps no downs: no rule about a rollback is then decided. */
export function hasWayBack({ origin, lists }: Release): boolean {
  return origin?.hasDowns !== false || Object.keys(lists).some((name) => name.startsWith("rollback."));
}
