/**
 * Applying a file as psql does: a statement at a time, each on its own, and on to the next when one is refused.
 */
import type { Outcome, Refusal, Session } from "../database/session.ts";
import type { Statement, Step } from "./release.ts";

/** A statement that was sent, and what came of it. */
export interface Applied {
  readonly step: Step;
  readonly statement: Statement;
  readonly outcome: Outcome;
}

/** A statement that was refused. */
export interface RefusedStatement {
  readonly step: Step;
  readonly statement: Statement;
  readonly refusal: Refusal;
}

/**
 * Sends the statements of the steps in order; psql's own commands are passed over. A transaction that a step left
 * open is rolled back at its end, as when psql ends.
 * @throws HarnessError when the server cannot go on
 */
export async function apply(session: Session, steps: readonly Step[]): Promise<readonly Applied[]> {
  const applied: Applied[] = [];

  for (const step of steps) {
    for (const statement of step.statements) {
      if (statement.kind === "sql") {
        applied.push({ step, statement, outcome: await session.attempt(statement.text) });
      }
    }
    if (opensTransaction(step)) {
      await session.attempt("ROLLBACK");
    }
  }

  return applied;
}

/** The first statement that was refused. What fails only because its transaction had failed already is none. */
export function refusedIn(applied: readonly Applied[]): RefusedStatement | undefined {
  for (const { step, statement, outcome } of applied) {
    if (outcome.refusal !== undefined) {
      return { step, statement, refusal: outcome.refusal };
    }
  }

  return undefined;
}

/** `2.1-columns.sql, line 12: ERROR: … (SQLSTATE 42710)` */
export function describeRefusal({ step, statement, refusal }: RefusedStatement): string {
  return `${step.path}, line ${statement.line}: ERROR: ${refusal.message} (SQLSTATE ${refusal.code})`;
}

function opensTransaction(step: Step): boolean {
  return step.statements.some((statement) => statement.node === "TransactionStmt");
}
