/** Conditions of constraints on columns that a migration adds, renames or converts: on the rows as they will be (pure). */
import type { Aim } from "../../../harness/rows/directed.ts";
import {
  findMentionedColumns,
  nameColumns,
  type SchemaModel,
  type TableModel,
  tableKey,
} from "../../../harness/rows/schema-model.ts";
import { findKeyColumns } from "../../../harness/rows/unique-keys.ts";
import { type Assumption, areSame, type Schemas, type TablePair } from "./assumption.ts";
import { type ConditionRows, formatFrom, nameTable, ownRows } from "./condition-rows.ts";
import { quoteName } from "./names.ts";
import { hasParent, isAlone, isUnique, nameParts, type PairCondition } from "./pair-conditions.ts";
import { type ColumnChanges, rowsAfter } from "./rows-after.ts";

/** A table that is there before and after. */
export function pairTable(key: string, schemas: Schemas): TablePair | undefined {
  const before = schemas.before.tables.find((table) => tableKey(table) === key);
  const after = schemas.after.tables.find(({ oid }) => oid === before?.oid);

  return before === undefined || after === undefined ? undefined : { before, after, schemas };
}

/** The columns that a constraint reads, as the migration has them. */
export function findAimColumns({ kind, constraint, expression = "" }: Aim, { after }: TablePair): readonly string[] {
  const key = after.keys.find(({ name }) => name === constraint);
  const exclusion = after.exclusions.find(({ name }) => name === constraint);
  const link = after.foreignKeys.find(({ name }) => name === constraint);
  const predicate = findMentionedColumns(key?.predicate ?? exclusion?.predicate ?? "", after);
  switch (kind) {
    case "unique":
      return [...(key === undefined ? [] : findKeyColumns(key, after)), ...predicate];
    case "exclusion":
      return [...findMentionedColumns((exclusion?.expressions ?? []).join(" "), after), ...predicate];
    case "foreign-key":
      return nameColumns(after, link?.columns ?? []);
    case "not-null":
    case "type":
      return [constraint];
    default:
      return findMentionedColumns(expression, after);
  }
}

/** @returns undefined where the values are not known before the migration is applied */
export function assumeLater(aim: Aim, schemas: Schemas, changes: ColumnChanges): Assumption | undefined {
  const pair = pairTable(aim.table, schemas);
  if (pair === undefined) return undefined;
  const condition = aim.kind === "not-null" ? `${quoteName(aim.constraint)} IS NOT NULL` : aim.expression;
  if (aim.kind === "not-null" || aim.kind === "check") return assumeRows(condition ?? "", pair, changes);
  const rows = rowsAfter(pair, findAimColumns(aim, pair), changes);
  const asked = rows && askPair(aim, pair, rows);

  return asked && { ...nameTable(pair.before), ...asked };
}

/** A condition on single rows as they will be. */
export function assumeRows(condition: string, pair: TablePair, changes: ColumnChanges): Assumption | undefined {
  const names = findMentionedColumns(condition, pair.after);
  const rows = rowsAfter(pair, names, changes);
  if (rows === undefined) return undefined;
  const broken = `FROM ${formatFrom(rows)} WHERE NOT (${condition})`;
  const values = names.length === 0 ? "*" : names.map(quoteName).join(", ");

  return {
    ...nameTable(pair.before),
    condition,
    queries: { count: `SELECT count(*) ${broken}`, values: `SELECT ${values} ${broken}` },
  };
}

function askPair({ kind, constraint }: Aim, pair: TablePair, rows: ConditionRows): PairCondition | undefined {
  const { after, schemas } = pair;
  const key = after.keys.find(({ name }) => name === constraint);
  if (kind === "unique") return key && isUnique(nameParts(key, rows), key, rows);
  const exclusion = after.exclusions.find(({ name }) => name === constraint);
  if (kind === "exclusion") return exclusion && isAlone(exclusion, rows);
  const link = kind === "foreign-key" ? after.foreignKeys.find(({ name }) => name === constraint) : undefined;
  const parent = link && findParent(link, schemas);
  if (link === undefined || parent === undefined || link.isTemporal) return undefined;

  return hasParent(link, nameColumns(after, link.columns), rows, ownRows(parent, schemas.before));
}

/** The table that a foreign key references, where its key stays as it was. */
function findParent(
  { table, references }: { readonly table: string; readonly references: readonly number[] },
  schemas: Schemas,
): TableModel | undefined {
  const find = ({ tables }: SchemaModel) => tables.find(({ oid }) => oid === table);
  const [before, after] = [find(schemas.before), find(schemas.after)];
  if (before === undefined || after === undefined) return undefined;

  return areSame(references, { before, after, schemas }) ? before : undefined;
}
