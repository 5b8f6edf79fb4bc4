/** Finds rows that a rollback deleted after the new schema had been used (pure). */
import type { CatalogDifference } from "../../../harness/catalog/difference.ts";
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import { type Cells, countRows, type FollowedTable, followTables, nameRow } from "./follow-tables.ts";

/** Rows of one table that are missing. */
export interface LostRows {
  /** As before the migration: `public.users`. */
  readonly subject: string;
  readonly differences: readonly CatalogDifference[];
}

/**
 * Finds surviving tables that have fewer rows after the rollback than in use. Rows that the migration itself added do not
 * count, nor tables in which rows were merged: the sums of their numbers, keys aside, are what they were.
 */
export function findLostRows(
  before: Snapshot,
  after: Snapshot,
  used: Snapshot,
  restored: Snapshot,
): readonly LostRows[] {
  return followTables(before, used, restored).flatMap((followed) => {
    const { tables, identity, name } = followed;
    const [table, filled, survivor] = tables;
    const migrated = after.tables.find(({ oid }) => oid === table.oid);
    const old = countRows(table.rows, identity, 0);
    const now = countRows(migrated?.rows ?? [], identity, 1);
    const left = countRows(survivor.rows, identity, 2);
    const own = (row: string): number => Math.max(0, (now.get(row) ?? 0) - (old.get(row) ?? 0));
    const missing = [...countRows(filled.rows, identity, 1)].filter(
      ([row, count]) => count - own(row) > (left.get(row) ?? 0),
    );
    const added = [...now.keys()].reduce((total, row) => total + own(row), 0);
    const isSmaller = survivor.rows.length < filled.rows.length - added;

    return missing.length === 0 || !isSmaller || keepsSums(followed, findLinks([used, restored], name))
      ? []
      : [{ subject: name, differences: missing.map(([row]) => ({ kind: "removed", object: nameRow(followed, row) })) }];
  });
}

const NUMBERS = /^(?:smallint|integer|bigint|numeric|real|double precision)/;

/** Whether all numbers that identify nothing have the sums that they had; false where there are none. */
function keepsSums({ tables: [, filled, survivor], tracks }: FollowedTable, links: ReadonlySet<string>): boolean {
  const numbers = tracks.filter(
    ({ number, name, at }) =>
      NUMBERS.test(filled.columns[at[1]]?.type ?? "") && !filled.key.includes(number) && !links.has(name),
  );
  const sum = (rows: readonly Cells[], position: number): number =>
    rows.reduce((total, row) => total + Number(row[position] ?? 0), 0);

  return numbers.length > 0 && numbers.every(({ at }) => sum(filled.rows, at[1]) === sum(survivor.rows, at[2]));
}

/** Columns of keys, unique or foreign: their sum has no meaning. */
function findLinks(snapshots: readonly Snapshot[], table: string): ReadonlySet<string> {
  const definitions = snapshots.flatMap(({ catalog }) =>
    [...catalog]
      .filter(([object]) => object.startsWith(`constraint ${table}.`))
      .map(([, { definition = "" }]) => definition),
  );

  return new Set(
    definitions.flatMap((definition) =>
      (/^(?:PRIMARY KEY|UNIQUE|FOREIGN KEY)[^(]*\(([^)]*)\)/.exec(definition)?.[1] ?? "")
        .split(", ")
        .map((name) => name.replace(/^"|"$/g, "")),
    ),
  );
}
