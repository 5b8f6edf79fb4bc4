/**
 * Applies a migration and looks at each UPDATE: what its expressions give on the rows that its WHERE takes is read by a
 * superuser just before it, and what stands in these rows just after it.
 */
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { StatementSender } from "../../harness/release/apply.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { getTransactionMode } from "../../harness/release/transactions.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import { quoteName } from "./model/names.ts";
import { parseUpdate, type UpdateClauses } from "./model/single-update.ts";
import type { Expected, UpdateEffect } from "./model/update-effects.ts";
import type { MigrationWorld } from "./world.ts";

/** Takes whichever rows come first. */
const PICKS = /\b(?:LIMIT|FETCH|random)\b/i;

interface Watched {
  readonly step: Step;
  readonly statement: Statement;
  readonly update: UpdateClauses;
}

interface ListedUpdates {
  /** Those that say which rows they take, and what they set there. */
  readonly updates: readonly Watched[];
  readonly others: readonly (Pick<Watched, "step" | "statement"> & { readonly why: string })[];
}

/** The UPDATE statements, but for those of functions and DO blocks. */
export async function listUpdates({ release }: MigrationWorld): Promise<ListedUpdates> {
  const parser = await loadParser();
  const statements = release.lists.migrate.flatMap((step) =>
    step.statements.flatMap((statement) => (statement.node === "UpdateStmt" ? [{ step, statement }] : [])),
  );
  const updates: Watched[] = [];
  const others: ListedUpdates["others"][number][] = [];
  for (const { step, statement } of statements) {
    const update = parseUpdate(parser, statement.text);
    if (PICKS.test(statement.text) || /^CURRENT\s+OF\b/i.test(update?.where ?? "")) {
      others.push({ step, statement, why: "it may take other rows each time" });
    } else if (update === undefined) {
      others.push({ step, statement, why: "it sets a part of a column, or several columns at once" });
    } else {
      updates.push({ step, statement, update });
    }
  }

  return { updates, others };
}

/** What each UPDATE did, in order. */
export async function watchUpdates(
  { session }: RecordedDatabase,
  { release }: MigrationWorld,
  watched: readonly Watched[],
): Promise<{ readonly effects: readonly UpdateEffect[]; readonly failure?: Failure }> {
  const effects: UpdateEffect[] = [];
  const pending = [...watched];
  const sender: StatementSender = {
    query: (sql, values) => session.query(sql, values),
    tryExecuteAll: (statements) => session.tryExecuteAll(statements),
    tryExecute: async (sql) => {
      const at = pending.findIndex(({ statement }) => statement.text === sql);
      const [found] = at < 0 ? [] : pending.splice(0, at + 1).slice(-1);
      const before = found && (await readExpected(session, found.update));
      const result = await session.tryExecute(sql);
      if (found === undefined || before === undefined || result.error !== undefined) return result;
      const rows = await readAside(session, formatSelect(before.table, before.columns, found.update));
      if (rows !== undefined) effects.push({ ...found, ...before, rows });

      return result;
    },
  };
  // Sent as one message, nothing could be read between two statements.
  const steps = release.lists.migrate.map((step) =>
    getTransactionMode(step) === "query" ? { ...step, transaction: "file" as const } : step,
  );
  const { failure } = await applyWithin(sender, steps, getBaselineSteps(release));

  return { effects, ...(failure && { failure }) };
}

const SUPERUSER = "SET SESSION AUTHORIZATION DEFAULT";

/** Reads twice: an expression that gives another value each time cannot be expected to give it a third time. */
async function readExpected(session: StatementSender, update: UpdateClauses): Promise<Expected | undefined> {
  const named = `${update.schema === undefined ? "" : `${quoteName(update.schema)}.`}${quoteName(update.table)}`;
  const found = (await readAside(session, formatColumnsQuery(named))) ?? [];
  const all = found.map(([name, type, isKey]) => ({ name: name ?? "", type: type ?? "", isKey }));
  const table = found[0]?.[3] ?? named;
  const assigned = [...update.set.keys()];
  const hasKey =
    all.some(({ isKey }) => isKey === "t") && !all.some((one) => one.isKey === "t" && assigned.includes(one.name));
  const key = hasKey ? all.filter(({ isKey }) => isKey === "t").map(({ name }) => name) : [];
  const types = new Map(all.map(({ name, type }) => [name, type]));
  if (!assigned.every((name) => types.has(name))) return undefined;
  const select = formatExpectation(update, key, types);
  const first = await readAside(session, select);
  const second = await readAside(session, select);
  if (first === undefined || second === undefined || first.length !== second.length) return undefined;
  const isStable = assigned.map((_, at) => {
    const cells = (rows: typeof first) => JSON.stringify(rows.map((row) => row[key.length + at]));

    return cells(first) === cells(second);
  });

  return { table, key, columns: [...key, ...assigned], expected: first, isStable, isOnce: update.from === undefined };
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

function formatExpectation(update: UpdateClauses, key: readonly string[], types: ReadonlyMap<string, string>): string {
  const keys = key.map((name) => `${quoteName(update.alias)}.${quoteName(name)}::text`);
  const values = [...update.set].map(([name, value]) => `((${value}\n)::${types.get(name)})::text`);
  const from = [update.target, ...(update.from === undefined ? [] : [update.from])].join(", ");
  const where = update.where === undefined ? "" : `\nWHERE ${update.where}`;

  return `${update.with ?? ""} SELECT ${[...keys, ...values].join(", ")} FROM ${from}${where}`;
}

function formatSelect(table: string, columns: readonly string[], { target }: UpdateClauses): string {
  const only = /^ONLY\b/i.test(target) ? "ONLY " : "";

  return `SELECT ${columns.map((name) => `${quoteName(name)}::text`).join(", ")} FROM ${only}${table}`;
}

/** As a superuser, and such that nothing stays; undefined where it fails, or where the transaction has failed. */
async function readAside(
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
