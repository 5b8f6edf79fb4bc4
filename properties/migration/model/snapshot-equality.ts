/** Decides whether a rollback that failed has changed nothing (pure). */
import { compareCatalogs } from "../../../harness/catalog/difference.ts";
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";

/** Raised by RAISE EXCEPTION: a refusal on purpose (PostgreSQL manual, Appendix A, PostgreSQL Error Codes). */
export const RAISED = "P0001";

/** Whether all rows are the same in two databases, in which tables have other OIDs. */
export function haveSameRows(one: Snapshot, other: Snapshot): boolean {
  const [tables, others] = [one, other].map((snapshot) =>
    JSON.stringify(snapshot.tables.map(({ oid: _, ...contents }) => contents)),
  );

  return tables === others;
}

/** Whether schema and rows are the same. Sequences are left out, since they survive what is rolled back. */
export function isEqualSnapshot(one: Snapshot, other: Snapshot): boolean {
  return (
    compareCatalogs(one.catalog, other.catalog).length === 0 &&
    JSON.stringify(one.tables) === JSON.stringify(other.tables)
  );
}
