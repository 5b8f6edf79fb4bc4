/** Compares what two runs of a migration left, each in a database of its own (pure). */
import { type CatalogDifference, compareCatalogs } from "../../../harness/catalog/difference.ts";
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import { findDamage } from "./kept-rows.ts";
import { type Columns, dropHidden, findGenerated, findUnstable, maskColumns } from "./mask-cells.ts";
import { haveSameRows } from "./snapshot-equality.ts";
import { dropUnstable } from "./stable-differences.ts";

/** What differs of one object of the schema, one table's rows, or one column's cells. */
export interface StateDifference {
  /** As SQL names it: `public.users`, or `public.users.email`. */
  readonly subject: string;
  readonly what: "schema" | "rows" | "cells";
  /** Of rows and cells. */
  readonly table?: string;
  readonly differences: readonly [CatalogDifference, ...CatalogDifference[]];
}

/**
 * @param twin what a second run like the first left: what differs between these two is not compared
 * @param hidden columns whose values are not compared
 */
export function compareStates(
  one: Snapshot,
  other: Snapshot,
  twin: Snapshot,
  hidden: readonly Columns[] = [],
): readonly StateDifference[] {
  const rows = haveSameRows(one, other) ? [] : compareContents(one, other, twin, hidden);

  return [...compareSchemas(one, other, twin), ...rows].flatMap(({ differences: [first, ...others], ...group }) =>
    first === undefined ? [] : [{ ...group, differences: [first, ...others] as const }],
  );
}

function compareContents(one: Snapshot, other: Snapshot, twin: Snapshot, hidden: readonly Columns[]): readonly Group[] {
  const now = new Date();
  const masks = [findUnstable(one, twin, now), findUnstable(other, other, now), findGenerated(one), ...hidden];
  const mask = (snapshot: Snapshot): Snapshot => masks.reduce(maskColumns, snapshot);
  const [masked, maskedOther] = dropHidden(mask(one), mask(other));

  return [
    ...findDamage(masked, masked, maskedOther).map(toRows),
    ...findDamage(maskedOther, maskedOther, masked)
      .filter(({ isRow }) => isRow)
      .map(({ differences, ...damage }) => ({
        ...damage,
        differences: differences.map((difference) => ({ ...difference, kind: "added" as const })),
      }))
      .map(toRows),
  ];
}

/** One difference for each table, where what hides a row from a statement hides all its columns. */
export function mergeByTable(differences: readonly StateDifference[]): readonly StateDifference[] {
  const merged = new Map<string, StateDifference>();
  for (const one of differences) {
    const { subject, table = subject } = one;
    const known = merged.get(table);
    merged.set(
      table,
      known === undefined ? one : { ...known, subject: table, differences: [...known.differences, ...one.differences] },
    );
  }

  return [...merged.values()];
}

/**
 * The same where generated numbers may be others: they identify a row only where both have the same ones.
 * @param numbered columns that sequences fill
 */
export function compareNumbered(
  one: Snapshot,
  other: Snapshot,
  twin: Snapshot,
  numbered: Columns,
): readonly StateDifference[] {
  const differences = compareStates(one, other, twin);

  return differences.some(({ what }) => what === "rows") ? compareStates(one, other, twin, [numbered]) : differences;
}

type Group = Omit<StateDifference, "differences"> & { readonly differences: readonly CatalogDifference[] };

function toRows({ subject, table, isRow, differences }: ReturnType<typeof findDamage>[number]): Group {
  return { subject, table, what: isRow ? "rows" : "cells", differences };
}

/** An object a group; its owner and its privileges depend on the role that runs the migration. */
function compareSchemas(one: Snapshot, other: Snapshot, twin: Snapshot): readonly Group[] {
  const found = compareCatalogs(one.catalog, other.catalog).filter(
    ({ object, property = "" }) => !/^(?:owner|grants)$/.test(property) && !object.startsWith("default privileges "),
  );
  const differences = found.length === 0 ? [] : dropUnstable(found, compareCatalogs(one.catalog, twin.catalog));
  const objects = [...new Set(differences.map(({ object }) => object))];

  return objects.map((object) => ({
    subject: object.replace(/^(?:materialized view|foreign table|event trigger|[a-z]+) (?=\S)/, ""),
    what: "schema",
    differences: differences.filter((difference) => difference.object === object),
  }));
}
