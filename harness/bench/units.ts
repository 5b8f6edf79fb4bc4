/**
 * Steps cut into what can be measured on its own: a statement, or a whole transaction, whose counts are told only when
 * it has ended (pure). Settings are applied and not measured.
 */
import type { Statement, Step } from "../release/release.ts";
import { changesTransaction, isSetting } from "../tracing/transaction.ts";

export interface Unit {
  /** `2.1-columns.sql #3`: its place among the statements, which comments do not change. */
  readonly name: string;
  readonly step: Step;
  readonly statements: readonly Statement[];
  /** False for what only sets something. */
  readonly measured: boolean;
}

/** The units of the steps in their order; psql's own commands are passed over. */
export function unitsOf(steps: readonly Step[]): readonly Unit[] {
  return steps.flatMap(unitsOfStep);
}

function unitsOfStep(step: Step): readonly Unit[] {
  return groupsOf(step.statements.filter(({ kind }) => kind === "sql")).map((statements, index) => ({
    name: `${step.path} #${index + 1}`,
    step,
    statements,
    measured: !statements.every(isSetting),
  }));
}

/** Each statement by itself, but for those of a transaction, which stay together. */
function groupsOf(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const groups: Statement[][] = [];
  let open: Statement[] | undefined;
  for (const statement of statements) {
    const change = changesTransaction(statement);
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
