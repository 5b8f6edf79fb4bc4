/**
 * Divides steps into what is measured on its own: a statement, or a whole transaction, since its counters are flushed
 * only at its end (pure).
 */
import type { Statement, Step } from "../release/release.ts";
import { isSetting, transactionChange } from "../tracing/transaction.ts";

export interface StatementGroup {
  /** `2.1-columns.sql #3`: its number among the groups, which comments do not change. */
  readonly name: string;
  readonly step: Step;
  readonly statements: readonly Statement[];
  /** False for a mere setting, which is applied only. */
  readonly measured: boolean;
}

/** The groups of the steps, in their order; psql's meta-commands are skipped. */
export function groupStatements(steps: readonly Step[]): readonly StatementGroup[] {
  return steps.flatMap((step) =>
    joinTransactions(step.statements.filter(({ kind }) => kind === "sql")).map((statements, index) => ({
      name: `${step.path} #${index + 1}`,
      step,
      statements,
      measured: !statements.every(isSetting),
    })),
  );
}

function joinTransactions(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const groups: Statement[][] = [];
  let open: Statement[] | undefined;
  for (const statement of statements) {
    const change = transactionChange(statement);
    if (open === undefined) {
      const group = [statement];
      groups.push(group);
      open = change === "opens" ? group : undefined;
    } else {
      open.push(statement);
      open = change === "ends" ? undefined : open;
    }
  }

  return groups;
}
