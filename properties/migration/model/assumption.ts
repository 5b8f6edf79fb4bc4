/**
 * Says of the rows that a migration refuses which condition they break, as SQL on the table before (pure). A condition is
 * a guess until a server has counted the rows that break it.
 */
import { escapeLiteral } from "pg";
import type { Parser } from "../../../harness/release/parser.ts";
import type { Aim } from "../../../harness/rows/directed.ts";
import {
  type ExclusionModel,
  findMentionedColumns,
  type KeyModel,
  nameColumns,
  type SchemaModel,
  type TableModel,
  tableKey,
} from "../../../harness/rows/schema-model.ts";
import { quoteName } from "./names.ts";
import { parseSingleUpdate } from "./single-update.ts";

/** A condition that the rows of a table meet where the migration accepts them. */
export interface Assumption {
  /** As a comment names it: with its schema unless that is `public`. */
  readonly table: string;
  /** Qualified, as SQL names it. */
  readonly from: string;
  /** `schema.name`, as datasets name it. */
  readonly key: string;
  readonly condition: string;
  /** Where the condition compares rows with others: queries that read many rows once, and not once for each of them. */
  readonly queries?: BrokenQueries;
}

/** Queries of the rows that break an assumption; without a semicolon. */
interface BrokenQueries {
  /** One row with one number. */
  readonly count: string;
  /** Their values in the columns that matter; of repeated values each once, with their number. */
  readonly values: string;
}

/** The schemas before and after; matched by OID, and columns by number. */
export interface Schemas {
  readonly before: SchemaModel;
  readonly after: SchemaModel;
}

/** Formats the comment that declares it. */
export function formatAssumption({ table, condition }: Assumption): string {
  return `-- plumbline: assume ${table}: ${condition.replace(/\s*\n\s*/g, " ")}`;
}

/** Formats the query that counts the rows of a real database that the migration would refuse; without a semicolon. */
export function formatCountQuery(assumption: Assumption): string {
  return assumption.queries?.count ?? formatBroken(assumption, "count(*)");
}

/** Formats the query for the values that break it, with the primary key where it is of single rows; without a semicolon. */
export function formatValuesQuery(assumption: Assumption, { tables }: SchemaModel): string {
  if (assumption.queries !== undefined) return assumption.queries.values;
  const table = tables.find((one) => tableKey(one) === assumption.key);
  if (table === undefined) return formatBroken(assumption, "*");
  const primary = table.keys.find((key) => key.primary);
  const names = [...nameColumns(table, primary?.columns ?? []), ...findMentionedColumns(assumption.condition, table)];

  return formatBroken(assumption, names.length === 0 ? "*" : [...new Set(names)].map(quoteName).join(", "));
}

/** The query for columns of the rows that break it; without a semicolon. */
export function formatBroken({ from, condition }: Assumption, columns: string): string {
  return `SELECT ${columns} FROM ${from} WHERE NOT (${condition})`;
}

/**
 * An assumption as a comment declares it.
 * @param object the table, with or without its schema
 */
export function declaredAssumption(object: string, condition: string, { tables }: SchemaModel): Assumption | undefined {
  const names = (object.match(/"(?:[^"]|"")+"|[^".]+/g) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
  );
  const table = tables.find(({ schema, name }) => name === names.at(-1) && (names.length === 1 || schema === names[0]));

  return table && { ...nameTable(table), condition };
}

/** The condition that a constraint, type or key which the migration adds asks of the rows before. */
export function assumeAim(aim: Aim, schemas: Schemas): Assumption | undefined {
  const before = schemas.before.tables.find((table) => tableKey(table) === aim.table);
  const after = schemas.after.tables.find(({ oid }) => oid === before?.oid);
  if (before === undefined || after === undefined) return undefined;
  const asked = conditions[aim.kind](aim, before, after, schemas);
  if (asked === undefined) return undefined;

  return { ...nameTable(before), ...(typeof asked === "string" ? { condition: asked } : asked) };
}

/**
 * The condition under which an UPDATE of one table leaves a unique key unique.
 * @param constraint the key that it violated
 */
export function assumeUpdate(
  parser: Parser,
  text: string,
  constraint: string,
  { tables }: SchemaModel,
): Assumption | undefined {
  const update = parseSingleUpdate(parser, text.replace(/--.*$/gm, ""));
  const table = tables.find(
    ({ name, schema, keys }) =>
      name === update?.table &&
      (update.schema === undefined || update.schema === schema) &&
      keys.some((key) => key.name === constraint),
  );
  const key = table?.keys.find(({ name }) => name === constraint);
  if (update === undefined || table === undefined || key === undefined || key.columns.includes(0)) return undefined;
  const parts = nameColumns(table, key.columns).map((name) => {
    const value = update.set.get(name);
    const column = quoteName(name);

    return value === undefined
      ? column
      : update.where === undefined
        ? value
        : `CASE WHEN ${update.where} THEN ${value} ELSE ${column} END`;
  });

  return { ...nameTable(table), ...isUnique(parts, key.predicate, table) };
}

/** A condition; with queries where it compares rows with others. */
type Asked = string | Pick<Assumption, "condition" | "queries">;

type ToCondition = (aim: Aim, before: TableModel, after: TableModel, schemas: Schemas) => Asked | undefined;

const conditions: Readonly<Record<Aim["kind"], ToCondition>> = {
  "not-null": ({ columns }) => columns.map((name) => `${quoteName(name)} IS NOT NULL`).join(" AND "),
  unique: (aim, before, after) => {
    const key = after.keys.find(({ name }) => name === aim.constraint);

    return key === undefined ? undefined : keyCondition(key, aim, before, after);
  },
  exclusion: ({ constraint }, before, after) =>
    after.exclusions
      .filter(({ name }) => name === constraint)
      .map((exclusion) => exclusionCondition(exclusion, before, after))[0],
  check: ({ expression = "" }, before, after) => (isReadable(expression, before, after) ? expression : undefined),
  "foreign-key": ({ constraint, columns }, child, after, { before, after: now }) => {
    const link = after.foreignKeys.find(({ name }) => name === constraint);
    const target = before.tables.find(({ oid }) => oid === link?.table);
    const targetNow = now.tables.find(({ oid }) => oid === link?.table);
    if (link === undefined || target === undefined || targetNow === undefined) return undefined;
    const references = nameColumns(target, link.references);

    const nullable = references.filter((name) => target.columns.some((one) => one.name === name && !one.notNull));
    const where =
      nullable.length === 0 ? "" : ` WHERE ${nullable.map((name) => isNotNull(quoteName(name))).join(" AND ")}`;
    const [own, others] = [tuple(columns.map(quoteName)), references.map(quoteName).join(", ")];
    // A key of several columns is not checked where one of them is NULL (CREATE TABLE, MATCH SIMPLE).
    const excepted = columns.length === 1 ? [] : columns.map(quoteName).filter((name) => mayBeNull(name, child));

    return {
      condition: [...excepted.map(isNull), `${own} IN (SELECT ${others} FROM ${nameTable(target).table}${where})`].join(
        " OR ",
      ),
      queries: queryOrphans(columns, references, nameTable(child).from, nameTable(target).from),
    };
  },
  partition: () => undefined,
  type: ({ columns: [name = ""] }, before, after) => {
    const old = before.columns.find((column) => column.name === name);
    const type = after.columns.find(({ number }) => number === old?.number)?.typeName;

    return type === undefined || old === undefined ? undefined : fitsType(quoteName(name), old.typeName, type);
  },
};

/** Rows without a parent, by an anti-join: the list of all parents may not fit into memory. */
function queryOrphans(columns: readonly string[], references: readonly string[], from: string, parent: string) {
  const own = columns.map((name) => `child.${quoteName(name)}`);
  const pairs = own.map((name, index) => `parent.${quoteName(references[index] ?? "")} = ${name}`);
  const orphans = `FROM ${from} AS child WHERE ${own.map(isNotNull).join(" AND ")} AND NOT EXISTS (SELECT FROM ${parent} AS parent WHERE ${pairs.join(" AND ")})`;

  return {
    count: `SELECT count(*) ${orphans}`,
    values: `SELECT ${own.join(", ")}, count(*) ${orphans} GROUP BY ${own.join(", ")}`,
  };
}

function keyCondition(key: KeyModel, aim: Aim, before: TableModel, after: TableModel): Asked | undefined {
  const isPlain = !key.columns.includes(0);
  const parts = isPlain ? aim.columns.map(quoteName) : key.expressions;
  const read = [...(isPlain ? [] : key.expressions), key.predicate ?? ""].join(" ");
  if (!isReadable(read, before, after)) return undefined;

  return isUnique(parts, key.predicate, before, key.nullsNotDistinct);
}

/** Each value is there once; NULLs are compared only if asked. */
function isUnique(
  parts: readonly string[],
  predicate: string | null,
  table: TableModel,
  nullsNotDistinct = false,
): Exclude<Asked, string> {
  const list = parts.join(", ");
  const nullable = nullsNotDistinct ? [] : parts.filter((part) => mayBeNull(part, table));
  const counted = [...(predicate === null ? [] : [predicate]), ...nullable.map(isNotNull)];
  const where = counted.length === 0 ? "" : ` WHERE ${counted.join(" AND ")}`;
  const [key, inner, groups] = nullsNotDistinct
    ? [`ROW(${list})::text`, `ROW(${list})::text`, "1"]
    : [tuple(parts), list, parts.map((_, index) => index + 1).join(", ")];
  const excepted = [...(predicate === null ? [] : [`${predicate} IS NOT TRUE`]), ...nullable.map(isNull)];
  const once = `${key} IN (SELECT ${inner} FROM ${nameTable(table).table}${where} GROUP BY ${groups} HAVING count(*) = 1)`;

  const repeated = `FROM ${nameTable(table).from}${where} GROUP BY ${list} HAVING count(*) > 1`;

  return {
    condition: [...excepted, once].join(" OR "),
    queries: {
      count: `SELECT coalesce(sum(number), 0) FROM (SELECT count(*) AS number ${repeated}) AS repeated`,
      values: `SELECT ${list}, count(*) ${repeated}`,
    },
  };
}

/** No other row is related to it by all operators. Names that are not qualified are those of the row. */
function exclusionCondition(
  { expressions, operators, predicate }: ExclusionModel,
  before: TableModel,
  after: TableModel,
): string | undefined {
  if (!isReadable([...expressions, predicate ?? ""].join(" "), before, after)) return undefined;
  const { table } = nameTable(before);
  const own = quoteName(before.name);
  const parts = expressions.map((expression, index) => `(${expression}) AS compared_${index + 1}`);
  const pairs = expressions.map(
    (expression, index) => `(${expression}) ${operators[index]} other.compared_${index + 1}`,
  );
  const where = predicate === null ? "" : ` WHERE ${predicate}`;
  const others = `SELECT tableoid AS of, ctid AS at, ${parts.join(", ")} FROM ${table}${where}`;
  const related = [`(${own}.tableoid, ${own}.ctid) <> (other.of, other.at)`, ...pairs].join(" AND ");

  return [
    ...(predicate === null ? [] : [`${predicate} IS NOT TRUE`]),
    `NOT EXISTS (SELECT FROM (${others}) AS other WHERE ${related})`,
  ].join(" OR ");
}

function mayBeNull(part: string, table: TableModel): boolean {
  const read = findMentionedColumns(part, table);

  return read.length === 0 || table.columns.some(({ name, notNull }) => !notNull && read.includes(name));
}

function isNull(part: string): string {
  return /^(?:child\.)?["\w]+$/.test(part) ? `${part} IS NULL` : `(${part}) IS NULL`;
}

function isNotNull(part: string): string {
  return isNull(part).replace(/NULL$/, "NOT NULL");
}

/** True where the columns that an expression mentions are there before, under the same names. */
function isReadable(expression: string, before: TableModel, after: TableModel): boolean {
  return findMentionedColumns(expression, after).every((name) => {
    const now = after.columns.find((column) => column.name === name);

    return before.columns.some((column) => column.name === name && column.number === now?.number);
  });
}

/** A cast from text needs PostgreSQL 16 for its condition (release notes of 16, pg_input_is_valid). */
function fitsType(column: string, from: string, type: string): string | undefined {
  const length = /^(?:character varying|character)\((\d+)\)$/.exec(type)?.[1];
  if (length !== undefined) return `char_length(${column}::text) <= ${length}`;
  const [, precision, scale] = /^numeric\((\d+),(-?\d+)\)$/.exec(type) ?? [];
  const isNumber = /^(?:smallint|integer|bigint|numeric|real|double)/.test(from);
  // A cast rounds before it looks at the size (PostgreSQL manual, 8.1.2 Arbitrary Precision Numbers).
  const number = from.startsWith("numeric") ? column : `${column}::numeric`;
  if (isNumber && precision !== undefined) {
    return `abs(round(${number}, ${scale})) < 1e${Number(precision) - Number(scale)}`;
  }
  const bound = INTEGER_BOUNDS[type];
  const whole = /int|serial/.test(from) ? column : `round(${column})`;
  if (isNumber && bound !== undefined) return `${whole} BETWEEN -${bound} - 1 AND ${bound}`;

  return /^[\w ]+$/.test(type) ? `pg_input_is_valid(${column}::text, ${escapeLiteral(type)})` : undefined;
}

const INTEGER_BOUNDS: Readonly<Record<string, string>> = { smallint: "32767", integer: "2147483647" };

function nameTable({ schema, name }: TableModel): Omit<Assumption, "condition"> {
  const from = `${quoteName(schema)}.${quoteName(name)}`;

  return { table: schema === "public" ? quoteName(name) : from, from, key: `${schema}.${name}` };
}

function tuple(parts: readonly string[]): string {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : `(${parts.join(", ")})`;
}
