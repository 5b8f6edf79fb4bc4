/**
 * What each statement of a list of steps does to the tables there are: which locks it takes, what it reads under them,
 * whether it rewrites. A statement is traced inside a transaction, where its locks can be read before they are gone; one
 * that refuses to run in a transaction is watched from outside (outside.ts).
 */
import type { Database } from "../database/databases.ts";
import type { Refusal, Session } from "../database/session.ts";
import type { Statement, Step } from "../release/release.ts";
import { pidOf, readHolding, strongestOf } from "./held-locks.ts";
import type { TableMode } from "./lock-modes.ts";
import { traceOutside } from "./nontransactional.ts";
import { type Counts, countsBetween, type Relations, readRelations, rewrittenBetween } from "./relations.ts";
import { changesTransaction, isSetting, refusesTransactions } from "./transaction.ts";

/** What a statement was seen to do. */
export interface Trace {
  /** The strongest mode on each table that was there before, its indexes included. */
  readonly locks: ReadonlyMap<string, TableMode>;
  /** Rows that it read and wrote, by table. */
  readonly counts: ReadonlyMap<string, Counts>;
  /** Rows that it held locked at the same time, by table: all it wrote, or the most it wrote before a commit. */
  readonly rowsHeld: ReadonlyMap<string, number>;
  /** Tables that it wrote anew. */
  readonly rewrites: readonly string[];
  /** True where it runs outside of a transaction only. */
  readonly outside?: boolean;
  /** Why it was refused, where it was. */
  readonly refusal?: Refusal;
}

/** A statement and its trace. */
export interface Traced extends Trace {
  readonly step: Step;
  readonly statement: Statement;
}

/**
 * Applies the steps, a statement at a time as psql does, and traces each statement. Settings and the statements that
 * begin and end transactions pass untraced.
 * @throws HarnessError when the server cannot go on
 */
export async function traceSteps(database: Database, steps: readonly Step[]): Promise<readonly Traced[]> {
  const session = await database.connect();
  // The counts of a parallel worker are its own.
  await session.query("SET max_parallel_maintenance_workers = 0");
  await session.query("SET max_parallel_workers_per_gather = 0");
  const traced: Traced[] = [];

  for (const step of steps) {
    let transaction: Transaction | undefined;
    for (const statement of step.statements) {
      const change = changesTransaction(statement);
      if (statement.kind === "sql" && (change !== undefined || isSetting(statement))) {
        await session.attempt(statement.text);
        transaction = await transactionAfter(change, transaction, session);
      } else if (statement.kind === "sql") {
        traced.push({ step, statement, ...(await traceOne(database, session, statement, transaction)) });
      }
    }
    if (transaction !== undefined) {
      await session.attempt("ROLLBACK");
    }
  }

  return traced;
}

/** A transaction of the release's own. */
interface Transaction {
  /** What there was when it began: the rest, nobody else can see. */
  readonly known: Relations;
  failed: boolean;
}

const NOTHING: Trace = { locks: new Map(), counts: new Map(), rowsHeld: new Map(), rewrites: [] };

async function transactionAfter(
  change: "opens" | "ends" | undefined,
  transaction: Transaction | undefined,
  session: Session,
): Promise<Transaction | undefined> {
  if (change === undefined) {
    return transaction;
  }

  return change === "ends" ? undefined : { known: await readRelations(session), failed: false };
}

/** The trace of the statement, which is applied and stays so. */
async function traceOne(
  database: Database,
  session: Session,
  statement: Statement,
  transaction: Transaction | undefined,
): Promise<Trace> {
  if (transaction?.failed === true) {
    const { refusal } = await session.attempt(statement.text);
    return { ...NOTHING, ...(refusal === undefined ? {} : { refusal }) };
  }
  if (transaction !== undefined) {
    const trace = await traceHere(session, statement, transaction.known);
    transaction.failed = trace.refusal !== undefined;
    return trace;
  }
  await session.query("BEGIN");
  const trace = await traceHere(session, statement);
  await session.query(trace.refusal === undefined ? "COMMIT" : "ROLLBACK");

  return trace.refusal !== undefined && refusesTransactions(trace.refusal)
    ? await traceOutside(database, session, statement.text, trace.refusal)
    : trace;
}

/** @param known what there was when the transaction began, where the statement is not its first */
async function traceHere(session: Session, statement: Statement, known?: Relations): Promise<Trace> {
  const before = await readRelations(session);
  const { refusal } = await session.attempt(statement.text);
  if (refusal !== undefined) {
    return { ...NOTHING, refusal };
  }
  const began = known ?? before;
  const { granted } = await readHolding(session, await pidOf(session), began);
  const after = await readRelations(session);
  const sinceItBegan = countsBetween(began, after);

  return {
    locks: strongestOf(granted),
    counts: countsBetween(before, after),
    rowsHeld: new Map([...sinceItBegan].map(([table, { written }]) => [table, written])),
    rewrites: rewrittenBetween(before, after).filter((table) => sinceItBegan.has(table)),
  };
}
