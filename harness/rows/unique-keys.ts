/** What must be unique among the rows of a table (pure). */

import type { Parser } from "../release/parser.ts";
import { parseAlternatives } from "./conditions.ts";
import type { Alternative, Demand } from "./demands.ts";
import { findMentionedColumns, type KeyModel, nameColumns, type TableModel } from "./schema-model.ts";
import type { Cell } from "./value-request.ts";

export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** True where case is ignored. */
  readonly folded: boolean;
  readonly partial: boolean;
  /** The alternatives of a partial key's predicate. */
  readonly predicate: readonly Alternative[];
  readonly nullsNotDistinct: boolean;
  /** What columns hold by default, where that is a constant. */
  readonly defaults: Readonly<Record<string, string>>;
}

/**
 * The unique keys of a table. What an exclusion compares by equality counts as one: rows then exclude each other in no
 * other column either.
 */
export function planUniqueKeys(table: TableModel, parser: Parser): readonly UniqueKey[] {
  const exclusions = table.exclusions.map(({ name, columns, operators }) => ({
    name,
    columns: nameColumns(
      table,
      columns.filter((_, index) => operators[index] === "="),
    ),
    folded: false,
    partial: false,
    predicate: [[]],
    nullsNotDistinct: false,
    defaults: readDefaults(table),
  }));

  return [
    ...table.keys.map((key) => planKey(key, table, parser)),
    ...exclusions.filter(({ columns }) => columns.length > 0),
  ];
}

function planKey(key: KeyModel, table: TableModel, parser: Parser): UniqueKey {
  const columns = findKeyColumns(key, table);
  const types = columns.map((name) => table.columns.find((column) => column.name === name)?.typeName ?? "");

  return {
    name: key.name,
    columns,
    folded: isFolded(key) || types.some((type) => type.endsWith("citext")),
    partial: key.predicate !== null,
    predicate: key.predicate === null ? [[]] : parseAlternatives(parser, key.predicate),
    nullsNotDistinct: key.nullsNotDistinct,
    defaults: readDefaults(table),
  };
}

function readDefaults({ columns }: TableModel): Readonly<Record<string, string>> {
  return Object.fromEntries(
    columns.flatMap(({ name, default: expression }) => {
      const [, quoted, plain] =
        /^(?:'((?:[^']|'')*)'(?:::[^()]*(?:\(\d+(?:,\d+)?\))?)?|(-?[\d.]+|true|false))$/.exec(expression ?? "") ?? [];
      const value = quoted?.replaceAll("''", "'") ?? plain;

      return value === undefined ? [] : [[name, value]];
    }),
  );
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

  /** Finds a key that holds the row's values already. */
  findCollision(keys: readonly UniqueKey[], cells: Cells): UniqueKey | undefined {
    return keys.find((key) => {
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

/** What a unique key compares; undefined where NULLs make it always distinct, or where a partial key leaves the row out. */
function keyValue(key: UniqueKey, cells: Cells): string | undefined {
  const { columns, folded, nullsNotDistinct, predicate, defaults } = key;
  const values = columns.map((column) => (cells[column] === undefined ? (defaults[column] ?? null) : cells[column]));
  if (columns.length === 0 || (values.includes(null) && !nullsNotDistinct)) return undefined;
  if (predicate.every((demands) => demands.some((demand) => isViolated(demand, cells)))) return undefined;

  return JSON.stringify(folded ? values.map((value) => value?.toLowerCase() ?? null) : values);
}

/** True where a demand is known not to hold: a key counts as unique in case of doubt. */
function isViolated(demand: Demand, cells: Cells): boolean {
  const value = cells[demand.column];
  if (value === undefined) return false;
  if (demand.kind === "null") return demand.isNull !== (value === null);
  if (value === null) return true;
  if (demand.kind === "in") return demand.values.includes(value) === demand.not;

  return demand.kind === "compare" && demand.operator === "=" && !isSameValue(value, demand.value);
}

/** Booleans are written in two ways. */
function isSameValue(left: string, right: string): boolean {
  const areBooleans = [left, right].every((value) => /^(?:t|f|true|false)$/.test(value));

  return areBooleans ? left.charAt(0) === right.charAt(0) : left === right;
}
