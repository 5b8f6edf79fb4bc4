/**
 * Says of the rows that a migration refuses which condition they break, as SQL on the table before (pure). A condition is
 * a guess until a server has counted the rows that break it.
 */
import type { Parser } from "../../../harness/release/parser.ts";
import type { Aim } from "../../../harness/rows/directed.ts";
import {
  findMentionedColumns,
  nameColumns,
  type SchemaModel,
  type TableModel,
  tableKey,
} from "../../../harness/rows/schema-model.ts";
import { type BrokenQueries, isNotNull, nameTable, ownRows, type TableNames } from "./condition-rows.ts";
import { quoteName } from "./names.ts";
import { hasParent, isAlone, isUnique, nameParts, type PairCondition } from "./pair-conditions.ts";
import { parseSingleUpdate } from "./single-update.ts";
import { fitsType } from "./type-condition.ts";

/** A condition that the rows of a table meet where the migration accepts them. */
export interface Assumption extends TableNames {
  readonly condition: string;
  /** Where the condition compares rows with others: queries that read many rows once, and not once for each of them. */
  readonly queries?: BrokenQueries;
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
  schema: SchemaModel,
): Assumption | undefined {
  const { update, table } = findUpdated(parser, text, schema) ?? {};
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

  return { ...nameTable(table), ...isUnique(parts, { ...key, nullsNotDistinct: false }, ownRows(table, schema)) };
}

/**
 * The condition under which an UPDATE of one table gives a column a value.
 * @param column where it set NULL
 */
export function assumeFilled(
  parser: Parser,
  text: string,
  column: string,
  schema: SchemaModel,
): Assumption | undefined {
  const { update, table } = findUpdated(parser, text, schema) ?? {};
  const value = update?.set.get(column);
  if (update === undefined || table === undefined || value === undefined) return undefined;
  const excepted = update.where === undefined ? "" : `(${update.where}) IS NOT TRUE OR `;

  return { ...nameTable(table), condition: `${excepted}${isNotNull(value)}` };
}

function findUpdated(parser: Parser, text: string, { tables }: SchemaModel) {
  const update = parseSingleUpdate(parser, text.replace(/--.*$/gm, ""));
  const table = tables.find(
    ({ name, schema }) => name === update?.table && (update.schema === undefined || update.schema === schema),
  );

  return update === undefined || table === undefined ? undefined : { update, table };
}

/** A condition; with queries where it compares rows with others. */
type Asked = string | PairCondition;

type ToCondition = (aim: Aim, before: TableModel, after: TableModel, schemas: Schemas) => Asked | undefined;

const conditions: Readonly<Record<Aim["kind"], ToCondition>> = {
  "not-null": ({ columns }) => columns.map((name) => `${quoteName(name)} IS NOT NULL`).join(" AND "),
  unique: ({ constraint }, before, after, schemas) => {
    const key = after.keys.find(({ name }) => name === constraint);
    if (key === undefined || !areSame(key.columns, { before, after, schemas })) return undefined;
    const rows = ownRows(before, schemas.before);
    const read = [...(key.columns.includes(0) ? key.expressions : []), key.predicate ?? ""].join(" ");

    return isReadable(read, { before, after, schemas }) ? isUnique(nameParts(key, rows), key, rows) : undefined;
  },
  exclusion: ({ constraint }, before, after, schemas) => {
    const exclusion = after.exclusions.find(({ name }) => name === constraint);
    if (exclusion === undefined) return undefined;
    const read = [...exclusion.expressions, exclusion.predicate ?? ""].join(" ");

    return isReadable(read, { before, after, schemas })
      ? isAlone(exclusion, ownRows(before, schemas.before))
      : undefined;
  },
  check: ({ expression = "" }, before, after, schemas) =>
    isReadable(expression, { before, after, schemas }) ? expression : undefined,
  "foreign-key": ({ constraint, columns }, child, after, schemas) => {
    const link = after.foreignKeys.find(({ name }) => name === constraint);
    const target = schemas.before.tables.find(({ oid }) => oid === link?.table);
    const targetNow = schemas.after.tables.find(({ oid }) => oid === link?.table);
    if (link === undefined || target === undefined || targetNow === undefined || link.isTemporal) return undefined;
    if (!areSame(link.columns, { before: child, after, schemas })) return undefined;
    if (!areSame(link.references, { before: target, after: targetNow, schemas })) return undefined;

    return hasParent(link, columns, ownRows(child, schemas.before), ownRows(target, schemas.before));
  },
  partition: () => undefined,
  type: ({ columns: [name = ""] }, before, after, schemas) => {
    const old = before.columns.find((column) => column.name === name);
    const now = after.columns.find(({ number }) => number === old?.number);
    if (now === undefined || old === undefined) return undefined;
    const condition = fitsType(quoteName(name), old, now, schemas.after);

    return condition === "true" ? undefined : condition;
  },
};

/** A table before and after. */
export interface TablePair {
  readonly before: TableModel;
  readonly after: TableModel;
  readonly schemas: Schemas;
}

/** True where the columns of a key are there before, and their values stay the same. */
export function areSame(numbers: readonly number[], { before, after, schemas }: TablePair): boolean {
  return numbers.every((number) => {
    const old = before.columns.find((column) => column.number === number);
    const now = after.columns.find((column) => column.number === number);

    return number === 0 || (old !== undefined && now !== undefined && fitsType("", old, now, schemas.after) === "true");
  });
}

/** True where the columns that an expression mentions are there before, under the same names and with the same values. */
export function isReadable(expression: string, pair: TablePair): boolean {
  const numbers = findMentionedColumns(expression, pair.after).map((name) => {
    const now = pair.after.columns.find((column) => column.name === name);

    return pair.before.columns.find((column) => column.name === name)?.number === now?.number ? now?.number : undefined;
  });

  return numbers.every((number) => number !== undefined && areSame([number], pair));
}
