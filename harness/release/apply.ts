/** Applies files as psql does: statement by statement, each on its own, continuing after one that fails. */
import type { Session, StatementResult } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import type { Statement, Step } from "./release.ts";

export interface AppliedStatement {
  readonly step: Step;
  readonly statement: Statement;
  readonly result: StatementResult;
}

interface FailedStatement extends Omit<AppliedStatement, "result"> {
  readonly error: SqlError;
}

/**
 * Sends the statements of the steps in order, without psql's own commands. A transaction that a step leaves open is
 * rolled back at its end, as when psql ends.
 * @throws HarnessError if the server cannot continue
 */
export async function apply(session: Session, steps: readonly Step[]): Promise<readonly AppliedStatement[]> {
  const applied: AppliedStatement[] = [];

  for (const step of steps) {
    for (const statement of step.statements) {
      if (statement.kind === "sql") {
        applied.push({ step, statement, result: await session.tryExecute(statement.text) });
      }
    }
    if (step.statements.some(({ node }) => node === "TransactionStmt")) await session.tryExecute("ROLLBACK");
  }

  return applied;
}

export function firstError(applied: readonly AppliedStatement[]): FailedStatement | undefined {
  for (const { step, statement, result } of applied) {
    if (result.error !== undefined) return { step, statement, error: result.error };
  }

  return undefined;
}

/** Such as `2.1-columns.sql, line 12: ERROR: … (SQLSTATE 42710)`. */
export function describeFailedStatement({ step, statement, error }: FailedStatement): string {
  return `${step.path}, line ${statement.line}: ERROR: ${error.message} (SQLSTATE ${error.code})`;
}
