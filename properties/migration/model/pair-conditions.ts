/** Conditions that compare the rows of a table with others, and the queries that count the rows which break them (pure). */
import {
  type ExclusionModel,
  type ForeignKeyModel,
  findMentionedColumns,
  type KeyModel,
  nameColumns,
  type TableModel,
} from "../../../harness/rows/schema-model.ts";
import { type BrokenQueries, type ConditionRows, formatFrom, isNotNull, isNull, tuple } from "./condition-rows.ts";
import { queryConflicts } from "./exclusion-queries.ts";
import { quoteName } from "./names.ts";

export interface PairCondition {
  readonly condition: string;
  readonly queries: BrokenQueries;
}

/** The parts of a unique key, under the names of columns that the rows have. */
export function nameParts({ columns, expressions, collations }: KeyModel, { table }: ConditionRows): readonly string[] {
  const plain = columns.includes(0) ? expressions : nameColumns(table, columns).map(quoteName);

  return plain.map((part, index) => (collations[index] == null ? part : `${part} COLLATE ${collations[index]}`));
}

/** Each value is there once; NULLs are compared only if asked. */
export function isUnique(
  parts: readonly string[],
  { predicate, nullsNotDistinct }: Pick<KeyModel, "predicate" | "nullsNotDistinct">,
  rows: ConditionRows,
): PairCondition {
  const { table, name } = rows;
  const list = parts.join(", ");
  const nullable = nullsNotDistinct ? [] : parts.filter((part) => mayBeNull(part, table));
  const counted = [...(predicate === null ? [] : [predicate]), ...nullable.map(isNotNull)];
  const where = counted.length === 0 ? "" : ` WHERE ${counted.join(" AND ")}`;
  const [key, inner, groups] = nullsNotDistinct
    ? [`ROW(${list})::text`, `ROW(${list})::text`, "1"]
    : [tuple(parts), list, parts.map((_, index) => index + 1).join(", ")];
  const excepted = [...(predicate === null ? [] : [`${predicate} IS NOT TRUE`]), ...nullable.map(isNull)];
  const once = `${key} IN (SELECT ${inner} FROM ${name}${where} GROUP BY ${groups} HAVING count(*) = 1)`;

  const repeated = `FROM ${formatFrom(rows)}${where} GROUP BY ${list} HAVING count(*) > 1`;

  return {
    condition: [...excepted, once].join(" OR "),
    queries: {
      count: `SELECT coalesce(sum(number), 0) FROM (SELECT count(*) AS number ${repeated}) AS repeated`,
      values: `SELECT ${list}, count(*) ${repeated}`,
    },
  };
}

/** No other row is related to it by all operators. Names that are not qualified are those of the row. */
export function isAlone({ expressions, operators, predicate }: ExclusionModel, rows: ConditionRows): PairCondition {
  const own = quoteName(rows.table.name);
  const parts = expressions.map((expression, index) => `(${expression}) AS compared_${index + 1}`);
  const pairs = expressions.map(
    (expression, index) => `(${expression}) ${operators[index]} other.compared_${index + 1}`,
  );
  const where = predicate === null ? "" : ` WHERE ${predicate}`;
  const others = `SELECT tableoid AS of, ctid AS at, ${parts.join(", ")} FROM ${rows.name}${where}`;
  const related = [`(${own}.tableoid, ${own}.ctid) <> (other.of, other.at)`, ...pairs].join(" AND ");
  const alone = `NOT EXISTS (SELECT FROM (${others}) AS other WHERE ${related})`;

  return {
    condition: [...(predicate === null ? [] : [`${predicate} IS NOT TRUE`]), alone].join(" OR "),
    queries: queryConflicts({ expressions, operators, predicate }, rows),
  };
}

/**
 * Each row has a parent, or a NULL: of a key of several columns one is enough, and with MATCH FULL all are NULL or none
 * (PostgreSQL manual, CREATE TABLE, REFERENCES).
 */
export function hasParent(
  { references: numbers, matchesFull }: ForeignKeyModel,
  columns: readonly string[],
  child: ConditionRows,
  parent: ConditionRows,
): PairCondition {
  const references = nameColumns(parent.table, numbers);
  const nullable = references.filter((name) => parent.table.columns.some((one) => one.name === name && !one.notNull));
  const where =
    nullable.length === 0 ? "" : ` WHERE ${nullable.map((name) => isNotNull(quoteName(name))).join(" AND ")}`;
  const [own, others] = [tuple(columns.map(quoteName)), references.map(quoteName).join(", ")];
  const optional = columns.map(quoteName).filter((name) => mayBeNull(name, child.table));
  const isFull = matchesFull && columns.length > 1;
  const excepted =
    columns.length === 1 || optional.length === 0
      ? []
      : isFull
        ? [`(${columns.map((name) => isNull(quoteName(name))).join(" AND ")})`]
        : optional.map(isNull);
  const found = `${own} IN (SELECT ${others} FROM ${parent.name}${where})`;
  const present = `(${columns.map((name) => isNotNull(quoteName(name))).join(" AND ")} AND ${found})`;

  return {
    condition: [...excepted, isFull && excepted.length > 0 ? present : found].join(" OR "),
    queries: queryOrphans(columns, references, child, parent, isFull),
  };
}

/** Rows without a parent, by an anti-join: the list of all parents may not fit into memory. */
function queryOrphans(
  columns: readonly string[],
  references: readonly string[],
  child: ConditionRows,
  parent: ConditionRows,
  isFull: boolean,
): BrokenQueries {
  const own = columns.map((name) => `child.${quoteName(name)}`);
  const pairs = own.map((name, index) => `parent.${quoteName(references[index] ?? "")} = ${name}`);
  const isChecked = isFull ? `(${own.map(isNotNull).join(" OR ")})` : own.map(isNotNull).join(" AND ");
  const orphans = `FROM ${formatFrom(child, "child")} WHERE ${isChecked} AND NOT EXISTS (SELECT FROM ${formatFrom(parent, "parent")} WHERE ${pairs.join(" AND ")})`;

  return {
    count: `SELECT count(*) ${orphans}`,
    values: `SELECT ${own.join(", ")}, count(*) ${orphans} GROUP BY ${own.join(", ")}`,
  };
}

function mayBeNull(part: string, table: TableModel): boolean {
  const read = findMentionedColumns(part, table);

  return read.length === 0 || table.columns.some(({ name, notNull }) => !notNull && read.includes(name));
}
