/** Applies files as psql or a migration tool does: in the transactions that each step names. */
import type { Session, StatementResult } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import type { Statement, Step, TransactionMode } from "./release.ts";
import { RoleHistory } from "./shared-roles.ts";
import { groupByTransaction } from "./transactions.ts";

/** What statements are sent on: a session, or something that looks at what passes. */
export type StatementSender = Pick<Session, "query" | "tryExecute" | "tryExecuteAll">;

export interface AppliedStatement {
  readonly step: Step;
  readonly statement: Statement;
  readonly result: StatementResult;
}

export interface FailedStatement extends Omit<AppliedStatement, "result"> {
  readonly error: SqlError;
}

/**
 * Sends the statements of the steps in order, without psql's own commands. A transaction that a step leaves open is
 * rolled back at its end. An error in a step of the mode `statement` does not keep the next statements from being sent,
 * unless the step stops at errors; in the other modes it is the end: nothing is sent after it, and its transaction is
 * rolled back. An error of the COMMIT counts as that of the last statement. Statements on roles are sent as
 * `RoleHistory` has it.
 * @param before what was applied to the database before, as far as it created roles
 * @throws HarnessError if the server cannot continue
 */
export async function apply(
  session: StatementSender,
  steps: readonly Step[],
  before: readonly Step[] = [],
): Promise<readonly AppliedStatement[]> {
  const applied: AppliedStatement[] = [];
  const roles = new RoleHistory(before);

  for (const { mode, steps: grouped } of groupByTransaction(steps)) {
    const results = await appliers[mode](session, grouped, (statement) => roles.toSql(statement));
    applied.push(...results);
    const stops = mode !== "statement" || grouped.some(({ stopsAtError }) => stopsAtError === true);
    if (stops && firstError(results) !== undefined) break;
  }

  return applied;
}

type Applier = (
  session: StatementSender,
  steps: readonly Step[],
  toSql: (statement: Statement) => string,
) => Promise<readonly AppliedStatement[]>;

const appliers: Readonly<Record<TransactionMode, Applier>> = {
  statement: applyEach,
  file: applyInTransaction,
  run: applyInTransaction,
  query: applyAsQuery,
};

async function applyEach(...[session, steps, toSql]: Parameters<Applier>): ReturnType<Applier> {
  const applied: AppliedStatement[] = [];
  for (const step of steps) {
    for (const sql of step.before ?? []) await session.query(sql);
    for (const statement of step.statements.filter(isSql)) {
      const result = await session.tryExecute(toSql(statement));
      applied.push({ step, statement, result });
      if (result.error !== undefined && step.stopsAtError === true) break;
    }
    await closeTransaction(session, step);
  }

  return applied;
}

async function applyInTransaction(...[session, steps, toSql]: Parameters<Applier>): ReturnType<Applier> {
  const applied: AppliedStatement[] = [];
  await session.query("BEGIN");
  for (const step of steps) {
    for (const sql of step.before ?? []) await session.query(sql);
    for (const statement of step.statements.filter(isSql)) {
      const result = await session.tryExecute(toSql(statement));
      applied.push({ step, statement, result });
      if (result.error !== undefined) {
        await session.query("ROLLBACK");

        return applied;
      }
    }
  }
  const { error } = await session.tryExecute("COMMIT");
  const last = applied.at(-1);

  return error === undefined || last === undefined
    ? applied
    : [...applied.slice(0, -1), { ...last, result: { ...last.result, error } }];
}

async function applyAsQuery(...[session, steps, toSql]: Parameters<Applier>): ReturnType<Applier> {
  const applied: AppliedStatement[] = [];
  for (const step of steps) {
    for (const sql of step.before ?? []) await session.query(sql);
    const statements = step.statements.filter(isSql);
    const results = await session.tryExecuteAll(statements.map(toSql));
    for (const [index, result] of results.entries()) {
      applied.push({ step, statement: statements[index] as Statement, result });
    }
    await closeTransaction(session, step);
  }

  return applied;
}

async function closeTransaction(session: StatementSender, { statements }: Step): Promise<void> {
  if (statements.some(({ node }) => node === "TransactionStmt")) await session.tryExecute("ROLLBACK");
}

function isSql({ kind }: Statement): boolean {
  return kind === "sql";
}

export function firstError(applied: readonly AppliedStatement[]): FailedStatement | undefined {
  return listErrors(applied)[0];
}

export function listErrors(applied: readonly AppliedStatement[]): readonly FailedStatement[] {
  return applied.flatMap(({ step, statement, result: { error } }) =>
    error === undefined ? [] : [{ step, statement, error }],
  );
}

/** Such as `2.1-columns.sql, line 12: ERROR: … (SQLSTATE 42710)`. */
export function describeFailedStatement({ step, statement, error }: FailedStatement): string {
  return `${step.path}, line ${statement.line}: ERROR: ${error.message} (SQLSTATE ${error.code})`;
}
