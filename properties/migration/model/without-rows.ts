import type { Snapshot } from "../../../harness/catalog/snapshot.ts";

/** A snapshot with the rows alone that an earlier one of the same database does not have. */
export function withoutRows(snapshot: Snapshot, earlier: Snapshot): Snapshot {
  return {
    ...snapshot,
    tables: snapshot.tables.map((table) => {
      const old = earlier.tables.find(({ oid }) => oid === table.oid)?.rows ?? [];
      const left = new Map<string, number>();
      for (const row of old) left.set(JSON.stringify(row), (left.get(JSON.stringify(row)) ?? 0) + 1);
      const rows = table.rows.filter((row) => {
        const count = left.get(JSON.stringify(row)) ?? 0;
        left.set(JSON.stringify(row), count - 1);

        return count <= 0;
      });

      return { ...table, rows };
    }),
  };
}
