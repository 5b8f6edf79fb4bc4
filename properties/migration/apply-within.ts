/** Applies steps within the session's limit: a statement that does not end is a failure like any other. */
import { abbreviateStatement } from "../../harness/database/session.ts";
import type { SqlError } from "../../harness/database/sql-error.ts";
import { LimitError } from "../../harness/errors.ts";
import { type AppliedStatement, apply, firstError, type StatementSender } from "../../harness/release/apply.ts";
import type { Statement, Step } from "../../harness/release/release.ts";

/** The first statement that fails. */
export interface Failure {
  readonly step: Step;
  readonly statement: Statement;
  readonly error: SqlError;
  /** True where it did not end. */
  readonly isEndless: boolean;
}

/** What PostgreSQL says of a statement that exceeds its statement_timeout. */
export const TIMEOUT: SqlError = { code: "57014", message: "canceling statement due to statement timeout" };

/** @param before what was applied to the database before, as far as it created roles */
export async function applyWithin(
  session: StatementSender,
  steps: readonly Step[],
  before: readonly Step[] = [],
): Promise<{ readonly applied: readonly AppliedStatement[]; readonly failure?: Failure }> {
  try {
    const applied = await apply(session, steps, before);
    const failed = firstError(applied);

    return { applied, ...(failed && { failure: { ...failed, isEndless: false } }) };
  } catch (thrown) {
    if (!(thrown instanceof LimitError)) throw thrown;
    const failure = findEndless(steps, thrown);
    if (failure === undefined) throw thrown;

    return { applied: [], failure };
  }
}

function findEndless(steps: readonly Step[], { message }: LimitError): Failure | undefined {
  for (const step of steps) {
    for (const statement of step.statements) {
      if (statement.kind !== "sql" || !message.includes(`(in: ${abbreviateStatement(statement.text)})`)) continue;

      return { step, statement, error: TIMEOUT, isEndless: true };
    }
  }

  return undefined;
}
