/**
 * What every row of a table needs, found once for a schema (pure): the order of insertion, the parents, the columns
 * that are written, and the alternatives of each CHECK.
 */
import type { Parser } from "../release/parser.ts";
import { type Alternative, parseAlternatives } from "./conditions.ts";
import { parsePartitionBounds } from "./partition-bounds.ts";
import {
  type ColumnModel,
  type ForeignKeyModel,
  type KeyModel,
  type SchemaModel,
  type TableModel,
  tableKey,
} from "./schema-model.ts";

export interface RowPlan {
  readonly schema: SchemaModel;
  /** In the order of insertion: parents first, as far as there is no cycle. Partitions are filled through their root. */
  readonly tables: readonly TablePlan[];
  readonly byKey: ReadonlyMap<string, TablePlan>;
}

export interface TablePlan {
  /** `schema.name`. */
  readonly key: string;
  readonly table: TableModel;
  /** The columns that an INSERT writes; generated columns and sequences fill themselves. */
  readonly columns: readonly ColumnPlan[];
  readonly links: readonly Link[];
  readonly uniqueKeys: readonly UniqueKey[];
  /** For each CHECK, each partition key and each domain: the ways to satisfy it. */
  readonly checks: readonly (readonly Alternative[])[];
  /** Why no row is generated, such as a partitioned table without a partition. */
  readonly unfillable?: string;
}

export interface ColumnPlan {
  readonly column: ColumnModel;
  /** True where values should rarely repeat, since a unique key has the column. */
  readonly distinct: boolean;
  readonly literals: readonly string[];
  /** True where the default is a constant: a row may leave the column out, and is the same on every run. */
  readonly hasConstantDefault: boolean;
}

/** A foreign key of which a row picks the parent. */
export interface Link {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly references: readonly string[];
  /** True where no column of it may be NULL. */
  readonly required: boolean;
  /** True where each parent may have one child: the columns are unique. */
  readonly exclusive: boolean;
  /** True where the parent is inserted later, so that an UPDATE sets the columns afterwards. */
  readonly later: boolean;
}

export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** True where values are compared as lower(…). */
  readonly folded: boolean;
  readonly partial: boolean;
  readonly nullsNotDistinct: boolean;
}

/** @param literals of the migration's text: values that something may depend on */
export function planRows(schema: SchemaModel, parser: Parser, literals: readonly string[] = []): RowPlan {
  const roots = schema.tables.filter(({ isPartition }) => !isPartition);
  const byOid = new Map(schema.tables.map((table) => [table.oid, table]));
  const order = orderTables(roots, byOid);
  const position = new Map(order.map((table, index) => [table.oid, index]));
  const tables: TablePlan[] = [];
  for (const [index, table] of order.entries()) {
    const isLater = ({ table: parent }: ForeignKeyModel): boolean =>
      (position.get(rootOf(parent, byOid)) ?? -1) > index;
    const planned = planTable(table, { schema, parser, literals, byOid, isLater });
    const unfillable = findObstacle(planned, tables, schema);
    tables.push(unfillable === undefined ? planned : { ...planned, unfillable });
  }

  return { schema, tables, byKey: new Map(tables.map((table) => [table.key, table])) };
}

/** Why the table gets no rows of its own. */
function findObstacle(
  { table, key, links }: TablePlan,
  planned: readonly TablePlan[],
  { tables }: SchemaModel,
): string | undefined {
  if (
    table.kind === "p" &&
    !tables.some(({ parents, isPartition }) => isPartition && parents.includes(table.oid))
  ) {
    return `${key} has no partition`;
  }
  const filler = tables.find(({ triggers }) =>
    triggers.some(({ body }) =>
      new RegExp(`insert\\s+into\\s+("?\\w+"?\\.)?"?${escapeRegExp(table.name)}\\b`, "i").test(body),
    ),
  );
  if (filler !== undefined && links.some(({ exclusive }) => exclusive))
    return `a trigger on ${tableKey(filler)} fills ${key}`;
  const parent = planned.find(
    (candidate) =>
      candidate.unfillable?.endsWith("has no partition") &&
      links.some((link) => link.required && link.parent === candidate.key),
  );

  return parent === undefined ? undefined : parent.unfillable;
}

interface Surroundings {
  readonly schema: SchemaModel;
  readonly parser: Parser;
  readonly literals: readonly string[];
  readonly byOid: ReadonlyMap<string, TableModel>;
  readonly isLater: (key: ForeignKeyModel) => boolean;
}

function planTable(table: TableModel, around: Surroundings): TablePlan {
  const { schema, parser } = around;
  const name = (number: number): string =>
    table.columns.find((column) => column.number === number)?.name ?? "";
  const uniqueKeys = [
    ...table.keys.map((key) => planKey(key, table)),
    ...table.exclusions.flatMap(planExclusion),
  ];
  const unique = new Set(uniqueKeys.flatMap(({ columns }) => columns));
  const literals = [...new Set([...around.literals, ...findLiterals(table)])];
  const domains = table.columns.flatMap((column) => domainChecks(column, schema, parser));
  const checks = table.checks.map(({ expression }) => parseAlternatives(parser, expression));
  const partitions = table.kind === "p" ? [parsePartitionBounds(parser, table, schema)] : [];

  return {
    key: tableKey(table),
    table,
    columns: table.columns.filter(isWritten).map((column) => ({
      column,
      distinct: unique.has(column.name),
      literals,
      hasConstantDefault: column.default !== null && isConstant(column.default),
    })),
    links: table.foreignKeys.flatMap((key) => planLink(key, table, around, uniqueKeys)),
    uniqueKeys,
    checks: [...checks, ...domains, ...partitions]
      .map((alternatives) => withoutForbiddenNulls(alternatives, table))
      .filter((alternatives) => alternatives.some(({ length }) => length > 0)),
  };

  /** What an exclusion compares by equality is kept distinct: rows then exclude each other in no other column either. */
  function planExclusion({
    name: exclusion,
    columns,
    operators,
  }: TableModel["exclusions"][number]): UniqueKey[] {
    const equal = columns.filter((_, index) => operators[index] === "=").map(name);

    return equal.length === 0
      ? []
      : [{ name: exclusion, columns: equal, folded: false, partial: false, nullsNotDistinct: false }];
  }

  function planLink(
    key: ForeignKeyModel,
    of: TableModel,
    { byOid, isLater }: Surroundings,
    keys: readonly UniqueKey[],
  ): Link[] {
    const parent = byOid.get(rootOf(key.table, byOid));
    if (parent === undefined) return [];
    const columns = key.columns.map(name);
    const nullable = key.columns.some(
      (number) => of.columns.find((column) => column.number === number)?.notNull === false,
    );

    return [
      {
        name: key.name,
        columns,
        parent: tableKey(parent),
        references: key.references.map(
          (number) => parent.columns.find((column) => column.number === number)?.name ?? "",
        ),
        required: !nullable,
        exclusive: keys.some(
          (unique) =>
            !unique.partial &&
            unique.columns.length > 0 &&
            unique.columns.every((column) => columns.includes(column)),
        ),
        later: nullable && isLater(key),
      },
    ];
  }
}

/** An alternative that wants NULL in a NOT NULL column is none, if there is another. */
function withoutForbiddenNulls(
  alternatives: readonly Alternative[],
  { columns }: TableModel,
): readonly Alternative[] {
  const notNull = new Set(columns.filter((column) => column.notNull).map(({ name }) => name));
  const possible = alternatives.filter(
    (demands) =>
      !demands.some((demand) => demand.kind === "null" && demand.isNull && notNull.has(demand.column)),
  );

  return possible.length > 0 ? possible : alternatives;
}

function planKey(key: KeyModel, table: TableModel): UniqueKey {
  const columns = key.columns.flatMap((number, index) => {
    const column = table.columns.find((candidate) => candidate.number === number);
    if (column !== undefined) return [column.name];
    const expression = key.expressions[index] ?? "";

    return table.columns
      .filter((candidate) => new RegExp(`\\b${escapeRegExp(candidate.name)}\\b`).test(expression))
      .map((found) => found.name);
  });
  const types = columns.map((name) => table.columns.find((column) => column.name === name)?.typeName ?? "");

  return {
    name: key.name,
    columns: [...new Set(columns)],
    folded:
      key.expressions.some((expression) => /\blower\(|\bupper\(/.test(expression)) ||
      types.some((type) => type.endsWith("citext")),
    partial: key.predicate !== null,
    nullsNotDistinct: key.nullsNotDistinct,
  };
}

/** Parents before children; a cycle is broken at a key that may be NULL. */
function orderTables(
  tables: readonly TableModel[],
  byOid: ReadonlyMap<string, TableModel>,
): readonly TableModel[] {
  const ordered: TableModel[] = [];
  const placed = new Set<string>();
  const left = new Set(tables);
  const parentsOf = (table: TableModel, requiredOnly: boolean): string[] =>
    table.foreignKeys
      .filter(
        (key) =>
          !requiredOnly ||
          key.columns.every((number) => table.columns.find((column) => column.number === number)?.notNull),
      )
      .map((key) => rootOf(key.table, byOid))
      .filter((oid) => oid !== table.oid && byOid.has(oid));
  const place = (table: TableModel): void => {
    ordered.push(table);
    placed.add(table.oid);
    left.delete(table);
  };
  while (left.size > 0) {
    const ready = [...left].filter((table) => parentsOf(table, false).every((oid) => placed.has(oid)));
    if (ready.length > 0) {
      ready.forEach(place);
      continue;
    }
    const next =
      [...left].find((table) => parentsOf(table, true).every((oid) => placed.has(oid))) ?? [...left][0];
    if (next !== undefined) place(next);
  }

  return ordered;
}

/** A partition stands for its root. */
function rootOf(oid: string, byOid: ReadonlyMap<string, TableModel>): string {
  let table = byOid.get(oid);
  while (table?.isPartition === true && table.parents[0] !== undefined) table = byOid.get(table.parents[0]);

  return table?.oid ?? oid;
}

function isWritten({ generated, identity, sequence, default: value }: ColumnModel): boolean {
  return (
    generated === "" &&
    identity === "" &&
    (sequence === null || value === null) &&
    !/^nextval\(/.test(value ?? "")
  );
}

/** A default without a call: it gives the same value in every run. */
function isConstant(expression: string): boolean {
  return !/\w\(|\bCURRENT_|\bLOCALTIME/i.test(
    expression.replace(/'(?:[^']|'')*'/g, "''").replace(/::[\w ".[\]]+(\(\d+(,\d+)?\))?/g, ""),
  );
}

function domainChecks(
  column: ColumnModel,
  { types }: SchemaModel,
  parser: Parser,
): (readonly Alternative[])[] {
  const checks: (readonly Alternative[])[] = [];
  for (let type = types.get(column.type); type?.kind === "d"; type = types.get(type.base ?? "")) {
    for (const expression of type.checks ?? [])
      checks.push(parseAlternatives(parser, expression, { rename: column.name }));
  }

  return checks;
}

/** String literals of triggers: what they compare with is worth trying. */
function findLiterals({ triggers, checks }: TableModel): string[] {
  const text = [
    ...triggers.flatMap(({ body, called }) => [body, called ?? ""]),
    ...checks.map(({ expression }) => expression),
  ]
    .join("\n")
    .replace(/--.*$/gm, "");

  return [...text.matchAll(/'((?:[^']|''){1,120})'/g)]
    .map(([, literal = ""]) => literal.replaceAll("''", "'"))
    .slice(0, 40);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
