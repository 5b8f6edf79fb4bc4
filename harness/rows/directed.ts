/**
 * Rows aimed at a constraint that a migration adds: the schema before accepts them, the one after does not (pure). An
 * aim is no proof, since triggers change rows: whether such rows are there is for a query to find out.
 */
import type { Arbitrary } from "fast-check";
import type { Parser } from "../release/parser.ts";
import { parseAlternatives } from "./conditions.ts";
import { type DatasetOptions, datasets } from "./dataset.ts";
import { type Alternative, combineAlternatives, type Demand } from "./demands.ts";
import type { Dataset, Row } from "./generate-row.ts";
import { parsePartitionBound, parsePartitionBounds } from "./partition-bounds.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import {
  type ColumnModel,
  type ExclusionModel,
  findMentionedColumns,
  nameColumns,
  type SchemaModel,
  type TableModel,
  tableKey,
} from "./schema-model.ts";
import { findKeyColumns, isFolded } from "./unique-keys.ts";
import type { Cell } from "./value-request.ts";

/** One constraint to violate. Columns and tables are named as before the migration. */
export interface Aim {
  readonly table: string;
  /** The constraint or column as the migration has it, for a message. */
  readonly constraint: string;
  readonly kind: "not-null" | "unique" | "exclusion" | "check" | "foreign-key" | "type" | "partition";
  readonly columns: readonly string[];
  /** The condition of a CHECK, the predicate of a partial key or exclusion, or the bound of a partition. */
  readonly expression?: string;
  /** Of a unique key: true where NULLs are equal, too. */
  readonly nullsNotDistinct?: boolean;
  /** Of a unique key: true where it folds case. */
  readonly folded?: boolean;
}

/** What the schema after demands, and the one before did not. Tables are matched by OID, columns by number. */
export function findAims(before: SchemaModel, after: SchemaModel): readonly Aim[] {
  const old = new Map(before.tables.map((table) => [table.oid, table]));

  return after.tables.flatMap((table) => {
    const previous = old.get(table.oid);

    return [
      ...(previous === undefined ? [] : aimsAt(previous, table)),
      ...(table.isPartition && previous?.isPartition !== true ? aimsAtPartition(table, before) : []),
    ];
  });
}

/** A partition that is added takes rows that may be in the default partition, which then refuses it. */
function aimsAtPartition({ name, bound, parents }: TableModel, { tables }: SchemaModel): readonly Aim[] {
  const parent = tables.find(({ oid }) => parents.includes(oid));
  const hasDefault = tables.some((table) => table.bound === "DEFAULT" && table.parents.includes(parent?.oid ?? ""));
  if (parent === undefined || parent.isPartition || bound === null || !hasDefault) return [];

  return [{ table: tableKey(parent), constraint: name, kind: "partition", columns: [], expression: bound }];
}

function aimsAt(before: TableModel, after: TableModel): readonly Aim[] {
  const table = tableKey(before);
  const named = (numbers: readonly number[]): string[] =>
    numbers.flatMap((number) => before.columns.find((column) => column.number === number)?.name ?? []);
  const previous = (column: ColumnModel): ColumnModel | undefined =>
    before.columns.find(({ number }) => number === column.number);
  const columns = after.columns.flatMap((column): Aim[] => {
    const old = previous(column);
    if (old === undefined) return [];
    const aim = { table, constraint: column.name, columns: [old.name] };

    return [
      ...(column.notNull && !old.notNull ? [{ ...aim, kind: "not-null" } as const] : []),
      ...(column.typeName === old.typeName && column.type === old.type ? [] : [{ ...aim, kind: "type" } as const]),
    ];
  });
  const keys = after.keys
    .filter(
      ({ name, expressions, collations }) =>
        !before.keys.some(
          (key) =>
            key.name === name &&
            String(key.expressions) === String(expressions) &&
            String(key.collations) === String(collations),
        ),
    )
    .map(
      (key): Aim => ({
        table,
        constraint: key.name,
        kind: "unique",
        folded: isFolded(key),
        nullsNotDistinct: key.nullsNotDistinct,
        columns: key.columns.includes(0)
          ? before.columns.filter(({ name }) => findKeyColumns(key, after).includes(name)).map(({ name }) => name)
          : named(key.columns),
        ...(key.predicate === null ? {} : { expression: key.predicate }),
      }),
    );
  const exclusions = after.exclusions
    .filter(({ name }) => !before.exclusions.some((exclusion) => exclusion.name === name))
    .map(
      (exclusion): Aim => ({
        table,
        constraint: exclusion.name,
        kind: "exclusion",
        columns: findComparedColumns(exclusion, after).filter((name) =>
          before.columns.some((column) => column.name === name),
        ),
        ...(exclusion.predicate === null ? {} : { expression: exclusion.predicate }),
      }),
    );
  const checks = after.checks
    .filter(({ expression }) => !before.checks.some((check) => check.expression === expression))
    .map(({ name, expression }): Aim => ({ table, constraint: name, kind: "check", columns: [], expression }));
  const links = after.foreignKeys
    .filter(({ name }) => !before.foreignKeys.some((key) => key.name === name))
    .map(
      ({ name, columns: numbers }): Aim => ({
        table,
        constraint: name,
        kind: "foreign-key",
        columns: named(numbers),
      }),
    );

  return [...columns, ...keys, ...exclusions, ...checks, ...links].filter(
    (aim) => aim.kind === "check" || aim.columns.length > 0,
  );
}

/**
 * An arbitrary of datasets of which each holds rows that violate the constraint.
 * @returns undefined where no row is known that would
 */
export function directedDatasets(
  plan: RowPlan,
  aim: Aim,
  parser: Parser,
  options: DatasetOptions = {},
): Arbitrary<Dataset> | undefined {
  const of = plan.byKey.get(aim.table);
  if (of === undefined) return undefined;
  if (aim.kind === "partition") return rowsOfPartition(plan, of, aim, parser, options);
  const { expression } = aim;
  const negated = aim.kind === "check";
  const alternatives = expression === undefined ? [[]] : parseAlternatives(parser, expression, { negated });
  if (negated && !alternatives.some(({ length }) => length > 0)) return undefined;
  // A unique key compares no row with a NULL, and neither does an exclusion; an empty range or array overlaps none.
  const values =
    isOfPairs(aim) && aim.nullsNotDistinct !== true
      ? aim.columns.flatMap((column): Demand[] => [
          { kind: "null", column, isNull: false },
          ...(aim.kind === "exclusion" ? [{ kind: "in", column, values: ["empty", "{}"], not: true } as const] : []),
        ])
      : [];
  const aimed = withCheck(plan, of, combineAlternatives(alternatives, [values]));
  const arbitrary = datasets(aimed, { rowsMax: 3, ...options, tables: [aim.table], rowsMin: 1 });

  return negated
    ? arbitrary
    : arbitrary.map((dataset) => ({ ...dataset, [aim.table]: violate(dataset[aim.table] ?? [], of, aim) }));
}

/** Rows that the new partition would take, whatever the other partitions take. */
function rowsOfPartition(
  plan: RowPlan,
  of: TablePlan,
  { table, expression = "" }: Aim,
  parser: Parser,
  options: DatasetOptions,
): Arbitrary<Dataset> | undefined {
  const bound = parsePartitionBound(parser, of.table, expression);
  if (bound.length === 0) return undefined;
  const others = JSON.stringify(parsePartitionBounds(parser, of.table, plan.schema));
  const checks = of.checks.filter((check) => JSON.stringify(check) !== others);

  return datasets(withCheck(plan, of, [bound], checks), { rowsMax: 3, ...options, tables: [table], rowsMin: 1 });
}

/** The plan with one more condition on the rows of a table. */
function withCheck(plan: RowPlan, of: TablePlan, alternatives: readonly Alternative[], checks = of.checks): RowPlan {
  const aimed = { ...of, checks: [alternatives, ...checks] };
  const tables = plan.tables.map((table) => (table === of ? aimed : table));

  return { ...plan, tables, byKey: new Map(tables.map((table) => [table.key, table])) };
}

function violate(rows: readonly Row[], of: TablePlan, aim: Aim): readonly Row[] {
  const [first, ...others] = rows;
  if (first === undefined) return rows;
  if (aim.kind === "not-null")
    return [withCells(first, of, Object.fromEntries(aim.columns.map((name) => [name, null]))), ...others];
  if (isOfPairs(aim)) return [first, duplicate(first, others[0] ?? first, of, aim), ...others.slice(1)];
  const values = Object.fromEntries(
    aim.columns.map((name) => [name, aim.kind === "type" ? longValue(of, name) : orphan(of, name)]),
  );

  return [withCells(first, of, values), ...others];
}

function isOfPairs({ kind }: Aim): boolean {
  return kind === "unique" || kind === "exclusion";
}

/** The columns of an exclusion that are compared by anything but `<>`: two rows with the same values exclude each other. */
function findComparedColumns(
  { columns, expressions, operators }: ExclusionModel,
  table: TableModel,
): readonly string[] {
  const compared = columns.flatMap((number, index) => {
    if (operators[index] === "<>") return [];

    return number === 0 ? findMentionedColumns(expressions[index] ?? "", table) : nameColumns(table, [number]);
  });

  return [...new Set(compared)];
}

/** Another row with the same values in the columns of the key, in other letters where the key folds case. */
function duplicate(first: Row, second: Row, of: TablePlan, { columns, folded }: Aim): Row {
  const cells = Object.fromEntries(
    columns.map((name) => {
      const value = first.cells[name];

      return [name, folded === true && typeof value === "string" ? swapped(value) : value];
    }),
  );
  const links = of.links.filter((link) => link.columns.some((name) => columns.includes(name))).map(({ name }) => name);
  const picks = Object.fromEntries(
    links.flatMap((name) => (first.picks[name] === undefined ? [] : [[name, first.picks[name]]])),
  );

  return { ...withCells(second, of, cells), picks: { ...second.picks, ...picks } };
}

function swapped(value: string): string {
  return value === value.toUpperCase() ? value.toLowerCase() : value.toUpperCase();
}

/** Cells of columns that the plan writes; a foreign key on them gives way. */
function withCells(row: Row, of: TablePlan, cells: Readonly<Record<string, Cell>>): Row {
  const links = of.links.filter((link) => link.columns.some((name) => cells[name] === null)).map(({ name }) => name);
  const picks = Object.fromEntries(Object.entries(row.picks).filter(([name]) => !links.includes(name)));

  return { ...row, cells: { ...row.cells, ...cells }, picks };
}

/** A value that no parent has. */
function orphan(of: TablePlan, name: string): string {
  const type = of.table.columns.find((column) => column.name === name)?.typeName ?? "";
  if (type === "uuid") return "ffffffff-ffff-4fff-8fff-ffffffffffff";

  return /int|numeric|serial/.test(type) ? "32001" : "no such parent";
}

/** A value at the far end of the old type: long text, a large number. */
function longValue(of: TablePlan, name: string): string {
  const column = of.table.columns.find((candidate) => candidate.name === name);
  const type = column?.typeName ?? "";
  if (/^bigint/.test(type)) return "9223372036854775807";
  if (/^integer/.test(type)) return "2147483647";
  if (/^numeric|^double|^real/.test(type)) return "123456.789";
  const limit = /\((\d+)\)/.exec(type)?.[1];

  return "x".repeat(limit === undefined ? 300 : Number(limit));
}
