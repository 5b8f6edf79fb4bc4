/** Reads of an UPDATE what its expressions give on the rows that its WHERE takes, and what stands in the table. */
import type { StatementSender } from "../../harness/release/apply.ts";
import { quoteName } from "./model/names.ts";
import type { UpdateClauses } from "./model/single-update.ts";
import type { Expected } from "./model/update-effects.ts";

/** The table of an UPDATE as it is before it. */
export interface UpdatedColumns extends Pick<Expected, "table" | "key" | "columns" | "isOnce"> {
  /** Of the columns that are set, with their types. */
  readonly types: ReadonlyMap<string, string>;
}

/** @returns undefined where the table or a column that is set is not there, or where the table is a temporary one */
export async function readColumns(
  session: StatementSender,
  update: UpdateClauses,
): Promise<UpdatedColumns | undefined> {
  const named = `${update.schema === undefined ? "" : `${quoteName(update.schema)}.`}${quoteName(update.table)}`;
  const found = (await readAside(session, formatColumnsQuery(named))) ?? [];
  const all = found.map(([name, type, isKey]) => ({ name: name ?? "", type: type ?? "", isKey }));
  const assigned = [...update.set.keys()];
  const hasKey =
    all.some(({ isKey }) => isKey === "t") && !all.some((one) => one.isKey === "t" && assigned.includes(one.name));
  const key = hasKey ? all.filter(({ isKey }) => isKey === "t").map(({ name }) => name) : [];
  const types = new Map(all.map(({ name, type }) => [name, type]));
  if (!assigned.every((name) => types.has(name))) return undefined;

  return {
    table: found[0]?.[3] ?? named,
    key,
    columns: [...key, ...assigned],
    types,
    isOnce: update.from === undefined,
  };
}

/** Reads twice: an expression that gives another value each time cannot be expected to give it a third time. */
export async function readExpected(session: StatementSender, update: UpdateClauses): Promise<Expected | undefined> {
  const columns = await readColumns(session, update);
  if (columns === undefined) return undefined;
  const select = formatExpectation(update, columns);
  const [first, second] = [await readAside(session, select), await readAside(session, select)];

  return first && second && toExpected(columns, first, second);
}

type Rows = Expected["expected"];

/** @returns undefined where the same query gives other rows */
export function toExpected({ types: _, ...columns }: UpdatedColumns, first: Rows, second: Rows): Expected | undefined {
  if (first.length !== second.length) return undefined;
  const count = columns.key.length;
  const cells = (rows: Rows, at: number) => JSON.stringify(rows.map((row) => row[count + at]));
  const isStable = columns.columns.slice(count).map((_, at) => cells(first, at) === cells(second, at));

  return { ...columns, expected: first, isStable };
}

/** Name, type, whether it is of the key, the primary one or a unique one without NULLs, and the name of the table. */
function formatColumnsQuery(table: string): string {
  const relation = `'${table.replaceAll("'", "''")}'::regclass`;

  return `WITH key AS (
  SELECT indkey FROM pg_catalog.pg_index AS i WHERE indrelid = ${relation} AND indisunique AND indisvalid
    AND indpred IS NULL AND indexprs IS NULL
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = i.indrelid AND attnum = ANY (i.indkey) AND NOT attnotnull)
  ORDER BY indisprimary DESC, indexrelid LIMIT 1
)
SELECT attname, format_type(atttypid, atttypmod), attnum = ANY ((SELECT indkey FROM key)::int2[]),
  format('%s.%I', c.relnamespace::regnamespace, c.relname)
FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class AS c ON c.oid = attrelid
WHERE attrelid = ${relation} AND attnum > 0 AND NOT attisdropped AND c.relpersistence <> 't' ORDER BY attnum`;
}

/** The cells of the key, and then what is set. */
export function formatExpectation(
  update: UpdateClauses,
  { key, types }: UpdatedColumns,
  wrap = (cells: string): string => cells,
): string {
  const keys = key.map((name) => `${quoteName(update.alias)}.${quoteName(name)}::text`);
  const values = [...update.set].map(([name, value]) => `((${value}\n)::${types.get(name)})::text`);
  const from = [update.target, ...(update.from === undefined ? [] : [update.from])].join(", ");
  const where = update.where === undefined ? "" : `\nWHERE ${update.where}`;

  return `${update.with ?? ""} SELECT ${wrap([...keys, ...values].join(", "))} FROM ${from}${where}`;
}

/** The same columns of all rows. */
export function formatRows(
  { target }: UpdateClauses,
  { table, columns }: Pick<Expected, "table" | "columns">,
  wrap = (cells: string): string => cells,
): string {
  const only = /^ONLY\b/i.test(target) ? "ONLY " : "";

  return `SELECT ${wrap(columns.map((name) => `${quoteName(name)}::text`).join(", "))} FROM ${only}${table}`;
}

const SUPERUSER = "SET SESSION AUTHORIZATION DEFAULT";

/** As a superuser, and such that nothing stays; undefined where it fails, or where the transaction has failed. */
export async function readAside(
  session: StatementSender,
  sql: string,
): Promise<readonly (readonly (string | null)[])[] | undefined> {
  const isInside = (await session.tryExecute("SAVEPOINT plumbline")).error === undefined;
  if (!isInside && (await session.tryExecute("BEGIN")).error !== undefined) return undefined;
  try {
    await session.tryExecute(SUPERUSER);
    const { rows, error } = await session.tryExecute(sql);

    return error === undefined ? rows : undefined;
  } finally {
    await session.tryExecute(isInside ? "ROLLBACK TO SAVEPOINT plumbline" : "ROLLBACK");
    if (isInside) await session.tryExecute("RELEASE SAVEPOINT plumbline");
  }
}
