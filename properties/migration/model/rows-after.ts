/** The rows of a table before the migration, under the names and with the values that they have after it (pure). */
import { type ColumnModel, findMentionedColumns, tableKey } from "../../../harness/rows/schema-model.ts";
import { areSame, type TablePair } from "./assumption.ts";
import { type ConditionRows, nameTable, ownRows } from "./condition-rows.ts";
import type { Conversion } from "./conversions.ts";
import { quoteName } from "./names.ts";

/** What the statements of a migration do to columns. */
export interface ColumnChanges {
  readonly conversions: readonly Conversion[];
  /** Whether a statement sets a column of a table that is named `schema.name`. */
  isSet(table: string, column: string): boolean;
}

/** @returns undefined where the values are not known before the migration is applied */
export function rowsAfter(
  pair: TablePair,
  names: readonly string[],
  changes: ColumnChanges,
): ConditionRows | undefined {
  const { before, after, schemas } = pair;
  const mentioned = after.columns.filter(({ name }) => names.includes(name));
  const generated = mentioned.filter((column) => column.generated !== "" && !isOld(pair, column));
  const sources = generated.flatMap((column) => findMentionedColumns(column.default ?? "", after));
  const plain = after.columns.filter(
    (column) => !generated.includes(column) && [...names, ...sources].includes(column.name),
  );
  const values = plain.map((column) => formatValue(pair, column, changes));
  if (values.some((value) => value === undefined)) return undefined;
  const columns = values.map((value, index) => {
    const name = quoteName(plain[index]?.name ?? "");

    return value === name ? name : `${value} AS ${name}`;
  });
  const inner = `(SELECT ${["tableoid", "ctid", ...columns].join(", ")} FROM ${ownRows(before, schemas.before).from})`;
  const computed = generated.map((column) => `(${column.default}) AS ${quoteName(column.name)}`);
  const from =
    computed.length === 0 ? inner : `(SELECT *, ${computed.join(", ")} FROM ${inner} AS ${quoteName(after.name)})`;

  return { table: after, from, name: nameTable(after).table };
}

function isOld({ before }: TablePair, { number }: ColumnModel): boolean {
  return before.columns.some((column) => column.number === number);
}

/** Of a column that is there, its value in the new type; of one that is added, its default. */
function formatValue(pair: TablePair, column: ColumnModel, changes: ColumnChanges): string | undefined {
  const old = pair.before.columns.find(({ number }) => number === column.number);
  if (old !== undefined && areSame([column.number], pair)) return quoteName(old.name);
  const type = nameType(column, pair);
  if (type === undefined) return undefined;
  if (old !== undefined) {
    const using = findConversion(pair, column, changes);

    return `(${using ?? quoteName(old.name)})::${type}`;
  }
  const isComputed = column.identity !== "" || column.sequence !== null || /\bnextval\(/.test(column.default ?? "");
  if (isComputed || changes.isSet(tableKey(pair.after), column.name)) return undefined;

  return `(${column.default ?? "NULL"})::${type}`;
}

/** What USING makes of a column, where it does more than to cast it. */
export function findConversion({ after }: TablePair, { name }: ColumnModel, { conversions }: ColumnChanges) {
  return conversions.find(({ table, column }) => table === after.name && column === name)?.expression;
}

/** The type by its name before the migration, which must not be that of another; a query fails where there is none yet. */
function nameType({ type, typeName }: ColumnModel, { schemas: { before, after } }: TablePair): string | undefined {
  const now = after.types.get(type);
  const isOther = [...before.types.values()].some(
    ({ oid, name, schema }) => oid !== type && name === now?.name && schema === now.schema,
  );

  return isOther ? undefined : typeName;
}
