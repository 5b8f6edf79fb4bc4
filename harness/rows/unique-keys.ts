/** What must be unique among the rows of a table (pure). */

import { findMentionedColumns, type KeyModel, nameColumns, type TableModel } from "./schema-model.ts";
import type { Cell } from "./value-request.ts";

export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** True where case is ignored. */
  readonly folded: boolean;
  readonly partial: boolean;
  readonly nullsNotDistinct: boolean;
}

/**
 * The unique keys of a table. What an exclusion compares by equality counts as one: rows then exclude each other in no
 * other column either.
 */
export function planUniqueKeys(table: TableModel): readonly UniqueKey[] {
  const exclusions = table.exclusions.map(({ name, columns, operators }) => ({
    name,
    columns: nameColumns(
      table,
      columns.filter((_, index) => operators[index] === "="),
    ),
    folded: false,
    partial: false,
    nullsNotDistinct: false,
  }));

  return [...table.keys.map((key) => planKey(key, table)), ...exclusions.filter(({ columns }) => columns.length > 0)];
}

function planKey(key: KeyModel, table: TableModel): UniqueKey {
  const columns = findKeyColumns(key, table);
  const types = columns.map((name) => table.columns.find((column) => column.name === name)?.typeName ?? "");

  return {
    name: key.name,
    columns,
    folded: isFolded(key) || types.some((type) => type.endsWith("citext")),
    partial: key.predicate !== null,
    nullsNotDistinct: key.nullsNotDistinct,
  };
}

/** The columns of a key, those in its expressions included. */
export function findKeyColumns({ columns, expressions }: KeyModel, table: TableModel): readonly string[] {
  const names = columns.flatMap((number, index) =>
    number === 0 ? findMentionedColumns(expressions[index] ?? "", table) : nameColumns(table, [number]),
  );

  return [...new Set(names)];
}

/** True where a key compares lower(…) or upper(…) of a column. */
export function isFolded({ expressions }: KeyModel): boolean {
  return expressions.some((expression) => /\b(?:lower|upper)\(/.test(expression));
}

type Cells = Readonly<Record<string, Cell>>;

/** The values that unique keys hold already. */
export class TakenKeys {
  readonly #values = new Map<UniqueKey, Set<string>>();

  /** True if one of the keys holds the row's values already. */
  has(keys: readonly UniqueKey[], cells: Cells): boolean {
    return keys.some((key) => {
      const value = keyValue(key, cells);

      return value !== undefined && this.#values.get(key)?.has(value) === true;
    });
  }

  add(keys: readonly UniqueKey[], cells: Cells): void {
    for (const key of keys) {
      const value = keyValue(key, cells);
      if (value === undefined) continue;
      const values = this.#values.get(key) ?? new Set();
      this.#values.set(key, values.add(value));
    }
  }
}

/**
 * What a unique key compares; undefined where NULLs make it always distinct. A partial key counts as a whole one: rows
 * that differ satisfy it, too.
 */
function keyValue({ columns, folded, nullsNotDistinct }: UniqueKey, cells: Cells): string | undefined {
  const values = columns.map((column) => cells[column] ?? null);
  if (columns.length === 0 || (values.includes(null) && !nullsNotDistinct)) return undefined;

  return JSON.stringify(folded ? values.map((value) => value?.toLowerCase() ?? null) : values);
}
