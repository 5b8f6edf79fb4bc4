/**
 * Traces what each statement does to existing tables: the locks it takes, the rows it reads and writes, whether it
 * rewrites a table. Each statement runs inside a transaction, so that its locks can be read before they are released;
 * one that cannot run in a transaction block is observed from other sessions (nontransactional.ts).
 */
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import type { Statement, Step } from "../release/release.ts";
import { groupByTransaction } from "../release/transactions.ts";
import { readHeldLocks } from "./held-locks.ts";
import type { StatementTrace, TracedStatement } from "./impact.ts";
import { strongestLocks } from "./lock-modes.ts";
import { traceNontransactional } from "./nontransactional.ts";
import { diffRowCounts, findRewrittenTables, type RelationsByOid, readRelations } from "./relations.ts";
import { forbidsTransactionBlock, isSetting, transactionChange } from "./transaction.ts";

/**
 * Applies the steps, one statement at a time as psql does, and traces each statement. Settings, and statements that
 * begin or end a transaction, are applied without being traced.
 * @throws HarnessError when the server cannot go on
 */
export async function traceSteps(database: Database, steps: readonly Step[]): Promise<readonly TracedStatement[]> {
  const session = await database.connect();
  // A parallel worker keeps counts of its own.
  await session.query("SET max_parallel_maintenance_workers = 0");
  await session.query("SET max_parallel_workers_per_gather = 0");
  const traced: TracedStatement[] = [];

  for (const { mode, steps: grouped } of groupByTransaction(steps)) {
    let transaction = mode === "statement" ? undefined : await openTransaction(session, "BEGIN");
    for (const step of grouped) {
      for (const sql of step.before ?? []) await session.tryExecute(sql);
      for (const statement of step.statements.filter(({ kind }) => kind === "sql")) {
        const change = transactionChange(statement);
        if (change === "opens") {
          transaction = await openTransaction(session, statement.text);
        } else if (change === "ends" || isSetting(statement)) {
          await session.tryExecute(statement.text);
          if (change === "ends") transaction = undefined;
        } else {
          traced.push({ step, statement, ...(await traceStatement(database, session, statement, transaction)) });
        }
      }
      if (mode === "statement" && transaction !== undefined) {
        await session.tryExecute("ROLLBACK");
        transaction = undefined;
      }
    }
    if (transaction !== undefined) await session.tryExecute("COMMIT");
  }

  return traced;
}

/** A transaction that the release opened itself. */
interface OpenTransaction {
  /** The relations when it began: other sessions see no others. */
  readonly before: RelationsByOid;
  failed: boolean;
}

/** @param sql begins it */
async function openTransaction(session: Session, sql: string): Promise<OpenTransaction> {
  await session.tryExecute(sql);

  return { before: await readRelations(session), failed: false };
}

const NOTHING: StatementTrace = { locks: new Map(), counts: new Map(), rowsHeld: new Map(), rewrites: [] };

async function traceStatement(
  database: Database,
  session: Session,
  statement: Statement,
  transaction: OpenTransaction | undefined,
): Promise<StatementTrace> {
  if (transaction?.failed === true) {
    const { error } = await session.tryExecute(statement.text);
    return { ...NOTHING, error };
  }
  if (transaction !== undefined) {
    const trace = await traceInTransaction(session, statement, transaction.before);
    transaction.failed = trace.error !== undefined;
    return trace;
  }
  await session.query("BEGIN");
  const trace = await traceInTransaction(session, statement);
  await session.query(trace.error === undefined ? "COMMIT" : "ROLLBACK");

  return trace.error !== undefined && forbidsTransactionBlock(trace.error)
    ? await traceNontransactional(database, session, statement.text, trace.error)
    : trace;
}

/** @param begun the relations when the transaction began, unless the statement is its first */
async function traceInTransaction(
  session: Session,
  statement: Statement,
  begun?: RelationsByOid,
): Promise<StatementTrace> {
  const before = await readRelations(session);
  const started = performance.now();
  const { error } = await session.tryExecute(statement.text);
  const durationMs = performance.now() - started;
  if (error !== undefined) return { ...NOTHING, error };
  const atStart = begun ?? before;
  const { granted } = await readHeldLocks(session, session, atStart);
  const after = await readRelations(session);
  const sinceStart = diffRowCounts(atStart, after);

  return {
    locks: strongestLocks(granted),
    counts: diffRowCounts(before, after),
    durationMs,
    rowsHeld: new Map([...sinceStart].map(([table, { written }]) => [table, written])),
    rewrites: findRewrittenTables(before, after).filter((table) => sinceStart.has(table)),
  };
}
