/**
 * Finds what a rollback changed or removed although the migration had left it as it was (pure). What the migration itself
 * changed or dropped is not judged.
 */
import type { CatalogDifference } from "../../../harness/catalog/difference.ts";
import {
  type Cells,
  countRows,
  type FollowedTable,
  followTables,
  identify,
  nameRow,
  type TableState,
  type Track,
} from "./follow-tables.ts";
import { quoteName } from "./names.ts";

/** Cells of one column that have other values, or rows of one table that are missing. */
export interface Damage {
  /** As before the migration, and as SQL names it: `public.users`, or `public.users.email` of cells. */
  readonly subject: string;
  /** As before the migration. */
  readonly table: string;
  readonly isRow: boolean;
  readonly differences: readonly CatalogDifference[];
}

/** @param exempt columns that the rollback may change, as `public.users.updated_at` */
export function findDamage(
  before: TableState,
  after: TableState,
  restored: TableState,
  exempt: readonly string[] = [],
): readonly Damage[] {
  return followTables(before, after, restored).flatMap((followed) => {
    const { name: table, tracks, hasKey } = followed;
    const judged = tracks
      .map((track) => ({ track, subject: `${table}.${quoteName(track.name)}` }))
      .filter(({ subject }) => !exempt.includes(subject));
    const identity = hasKey ? followed.identity : judged.map(({ track }) => track);
    const cells = (hasKey ? judged : []).map(({ track, subject }) => ({
      ...{ subject, table, isRow: false, differences: compare(followed, track) },
    }));

    return [
      { subject: table, table, isRow: true, differences: findMissing({ ...followed, identity }) },
      ...cells,
    ].filter(({ differences }) => differences.length > 0);
  });
}

/** All differences of the rows of tables that are there before and after, added rows included; sorted by row and column. */
export function compareRows(before: TableState, after: TableState): readonly CatalogDifference[] {
  const added = followTables(before, before, after).flatMap((followed): CatalogDifference[] => {
    const { tables, identity } = followed;
    const old = countRows(tables[0].rows, identity, 0);

    return [...countRows(tables[2].rows, identity, 2)]
      .filter(([row, count]) => count > (old.get(row) ?? 0))
      .map(([row]) => ({ kind: "added", object: nameRow(followed, row) }));
  });
  const others = findDamage(before, before, after).flatMap(({ differences }) => differences);

  return [...others, ...added].toSorted((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
}

function sortKey({ object, property = "" }: CatalogDifference): string {
  return `${object}\n${property}`;
}

/** Without a key, only rows that are the same in each column were left as they were. */
function findMissing(followed: FollowedTable): readonly CatalogDifference[] {
  const { tables, identity } = followed;
  const [before, after, restored] = [0, 1, 2].map((side) =>
    countRows(tables[side as 0 | 1 | 2].rows, identity, side as 0 | 1 | 2),
  );

  return [...(before ?? [])]
    .filter(([row, count]) => Math.min(count, after?.get(row) ?? 0) > (restored?.get(row) ?? 0))
    .map(([row]) => ({ kind: "removed", object: nameRow(followed, row) }));
}

/** The cells of a column that the migration left alone and that are others after the rollback. */
function compare(followed: FollowedTable, { at, restoredName }: Track): readonly CatalogDifference[] {
  const { tables, identity } = followed;
  const [, after, restored] = [0, 1, 2].map(
    (side) => new Map(tables[side as 0 | 1 | 2].rows.map((row) => [identify(row, identity, side as 0 | 1 | 2), row])),
  ) as [unknown, Map<string, Cells>, Map<string, Cells>];

  return tables[0].rows.flatMap((row): CatalogDifference[] => {
    const id = identify(row, identity, 0);
    const [migrated, survivor] = [after.get(id), restored.get(id)];
    const [was, is] = [row[at[0]] ?? null, survivor?.[at[2]] ?? null];

    return migrated === undefined || survivor === undefined || migrated[at[1]] !== was || is === was
      ? []
      : [{ kind: "changed", object: nameRow(followed, id), property: restoredName, before: was, after: is }];
  });
}
