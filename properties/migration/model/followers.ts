/** Leaves out what the user's own triggers and rules write in tables that a migration does not touch (pure). */
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import type { Targets } from "../../../harness/release/targets/targets.ts";
import { formatTable } from "./matched-tables.ts";
import type { StateDifference } from "./state-differences.ts";

interface Migrated {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** What the statements of the migration and of its rollbacks name. */
  readonly targets: Targets;
}

/**
 * The differences but those of rows in tables that were there before, that no statement writes and whose columns stay: an
 * audit log has more rows after two runs, and holds times as the session writes them, whatever the migration.
 */
export function leaveOutFollowers(
  differences: readonly StateDifference[],
  { before, after, targets }: Migrated,
): readonly StateDifference[] {
  if (targets.writesUnknown) return differences;
  const followers = before.tables
    .filter((table) => {
      const kept = after.tables.find(({ oid }) => oid === table.oid);

      return kept !== undefined && hasSameColumns(table, kept) && !isWritten(targets, table);
    })
    .map(formatTable);

  return differences.filter(({ table }) => table === undefined || !followers.includes(table));
}

function isWritten(targets: Targets, { schema, name }: SnapshotTable): boolean {
  return targets.isWritten({ within: schema, name });
}

function hasSameColumns(one: SnapshotTable, other: SnapshotTable): boolean {
  const describe = ({ columns }: SnapshotTable) => columns.map(({ name, type }) => `${name} ${type}`).join();

  return describe(one) === describe(other);
}
