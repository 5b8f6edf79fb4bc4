/**
 * Applying a file as psql does: a statement at a time, each on its own, and on to the next when one is refused.
 */
import type { Session, StatementResult } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import type { Statement, Step } from "./release.ts";

/** A statement that was sent, and what came of it. */
export interface AppliedStatement {
  readonly step: Step;
  readonly statement: Statement;
  readonly result: StatementResult;
}

/** A statement that was refused. */
export interface FailedStatement {
  readonly step: Step;
  readonly statement: Statement;
  readonly error: SqlError;
}

/**
 * Sends the statements of the steps in order; psql's own commands are passed over. A transaction that a step left
 * open is rolled back at its end, as when psql ends.
 * @throws HarnessError when the server cannot go on
 */
export async function apply(session: Session, steps: readonly Step[]): Promise<readonly AppliedStatement[]> {
  const applied: AppliedStatement[] = [];

  for (const step of steps) {
    for (const statement of step.statements) {
      if (statement.kind === "sql") {
        applied.push({ step, statement, result: await session.tryExecute(statement.text) });
      }
    }
    if (opensTransaction(step)) {
      await session.tryExecute("ROLLBACK");
    }
  }

  return applied;
}

/** The first statement that was refused. What fails only because its transaction had failed already is none. */
export function firstError(applied: readonly AppliedStatement[]): FailedStatement | undefined {
  for (const { step, statement, result: outcome } of applied) {
    if (outcome.error !== undefined) {
      return { step, statement, error: outcome.error };
    }
  }

  return undefined;
}

/** `2.1-columns.sql, line 12: ERROR: … (SQLSTATE 42710)` */
export function describeFailedStatement({ step, statement, error: refusal }: FailedStatement): string {
  return `${step.path}, line ${statement.line}: ERROR: ${refusal.message} (SQLSTATE ${refusal.code})`;
}

function opensTransaction(step: Step): boolean {
  return step.statements.some((statement) => statement.node === "TransactionStmt");
}
