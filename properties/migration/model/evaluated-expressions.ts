/** The expressions that a migration computes of each row, where a value may make one fail (pure). */
import { findMentionedColumns, tableKey } from "../../../harness/rows/schema-model.ts";
import type { Assumption, Schemas, TablePair } from "./assumption.ts";
import { formatFrom, nameTable } from "./condition-rows.ts";
import type { EvaluatedColumn } from "./evaluated-columns.ts";
import { listPairs } from "./more-aims.ts";
import { type ColumnChanges, findConversion, rowsAfter } from "./rows-after.ts";

export interface EvaluatedExpression {
  readonly table: string;
  /** The index or column as the migration has it. */
  readonly name: string;
  readonly reason: string;
  /** Its query counts nothing, and fails where a row makes the expression fail; undefined where it cannot be asked. */
  readonly assumption: Assumption | undefined;
}

interface Expression extends Pick<EvaluatedExpression, "name" | "reason"> {
  readonly sql: string;
  readonly where?: string | null;
}

/** @param risky the columns of the tables before whose values the statements calculate with */
export function findEvaluatedExpressions(
  schemas: Schemas,
  changes: ColumnChanges,
  risky: readonly EvaluatedColumn[],
): readonly EvaluatedExpression[] {
  return listPairs(schemas).flatMap((pair) => {
    const columns = risky.filter(({ table }) => table === tableKey(pair.before)).map(({ column }) => column);
    const isRisky = ({ sql, where }: Expression): boolean =>
      findMentionedColumns(`${sql} ${where ?? ""}`, pair.before).some((name) => columns.includes(name));
    const found = [...listIndexes(pair), ...listGenerated(pair), ...listConversions(pair, changes)].filter(isRisky);

    return found.map((one) => ({
      table: tableKey(pair.before),
      name: one.name,
      reason: one.reason,
      assumption: assumeComputable(one, pair, changes),
    }));
  });
}

function listIndexes({ before, after }: TablePair): readonly Expression[] {
  const added = after.evaluated.filter(
    (index) => !before.evaluated.some((old) => JSON.stringify(old) === JSON.stringify(index)),
  );

  return added.flatMap(({ name, expressions, predicate }) => [
    ...(expressions ?? []).map((sql) => ({ name, sql, where: predicate, reason: `the index ${name} is added` })),
    ...(predicate === null ? [] : [{ name, sql: predicate, reason: `the index ${name} is added` }]),
  ]);
}

function listGenerated({ before, after }: TablePair): readonly Expression[] {
  return after.columns.flatMap(({ number, name, generated, default: sql }) => {
    const old = before.columns.find((column) => column.number === number);

    return generated === "s" && sql !== null && sql !== old?.default
      ? [{ name, sql, reason: `${name} is generated` }]
      : [];
  });
}

/** What follows USING names columns as they were. */
function listConversions(pair: TablePair, changes: ColumnChanges): readonly Expression[] {
  return pair.after.columns.flatMap((column) => {
    const sql = findConversion(pair, column, changes);

    return sql === undefined ? [] : [{ name: column.name, sql, reason: `${column.name} becomes ${column.typeName}` }];
  });
}

function assumeComputable(
  { sql, where, name }: Expression,
  pair: TablePair,
  changes: ColumnChanges,
): Assumption | undefined {
  const isConverted = pair.after.columns.some(
    (column) => column.name === name && findConversion(pair, column, changes) === sql,
  );
  const names = isConverted ? [name] : findMentionedColumns(`${sql} ${where ?? ""}`, pair.after);
  const rows = rowsAfter(pair, names, changes);
  if (rows === undefined) return undefined;
  const read = `${formatFrom(rows)}${where == null ? "" : ` WHERE ${where}`}`;
  const query = `SELECT 0 * count(${isConverted ? name : sql}) FROM ${read}`;

  return { ...nameTable(pair.before), condition: `${sql} raises no error`, queries: { count: query, values: query } };
}
