/** Where a migration that is not one transaction can be stopped (pure). */
import type { Statement, Step } from "../../../harness/release/release.ts";
import { findStatementStarts } from "../../../harness/release/script-part.ts";
import { getTransactionMode, isConcurrent } from "../../../harness/release/transactions.ts";

/** After a statement whose work is committed. */
export interface Stop {
  readonly step: Step;
  readonly statement: Statement;
  /** How many statements of the step have run. */
  readonly count: number;
}

/** Leaves nothing behind. */
const IDLE = new Set(["VariableSetStmt", "VariableShowStmt", "ExplainStmt", "DiscardStmt", "LockStmt"]);

/** The step as it is applied, if it is more than one transaction; else undefined. */
export function toSplitStep(step: Step): Step | undefined {
  const mode = getTransactionMode(step);
  // Only alone in its message can a statement be one that runs in no transaction block.
  const isAlone = step.statements.filter(({ kind }) => kind === "sql").length === 1;
  const isCut = mode === "query" && (isAlone || step.statements.some(({ node }) => node === "TransactionStmt"));
  if (mode !== "statement" && !isCut) return undefined;
  const split: Step = isCut ? { ...step, transaction: "statement", stopsAtError: true } : step;
  const commits = /\bCOMMIT\b/i.test(
    split.statements.map(({ node, text }) => (node === "DoStmt" ? text : "")).join(" "),
  );

  return listStops(split).length > 1 || commits || split.statements.some(isConcurrent) ? split : undefined;
}

/** In order; those within a transaction of the file's own are none, since it is rolled back. */
export function listStops(step: Step): readonly Stop[] {
  const stops: Stop[] = [];
  let isOpen = false;
  for (const [index, statement] of step.statements.entries()) {
    const { kind, node, text } = statement;
    if (node === "TransactionStmt" && /^(?:BEGIN|START)\b/i.test(text)) isOpen = true;
    if (node === "TransactionStmt" && /^(?:COMMIT|END|ROLLBACK|ABORT)\b(?!.*\b(?:TO|CHAIN)\b)/is.test(text)) {
      if (isOpen && /^(?:COMMIT|END)\b/i.test(text)) stops.push({ step, statement, count: index + 1 });
      isOpen = false;
    }
    if (kind === "sql" && node !== "TransactionStmt" && !isOpen && !IDLE.has(node)) {
      stops.push({ step, statement, count: index + 1 });
    }
  }

  return stops;
}

export function describeStop({ step, statement }: Stop): string {
  return `${step.path}, line ${statement.line}`;
}

/** What is left of a step after its first statements, at its own lines, in the same session. */
export function toRestOfStep({ before: _, ...step }: Step, count: number): Step {
  const start = findStatementStarts(step.source, step.statements)[count] ?? step.source.length;
  const source = `${step.source.slice(0, start).replace(/[^\n]/g, " ")}${step.source.slice(start)}`;

  return { ...step, source, statements: step.statements.slice(count) };
}

/** As many of them as given, the first and the last among them. */
export function pickEvenly<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;

  return Array.from({ length: count }, (_, at) => items[Math.round((at * (items.length - 1)) / (count - 1))] as Item);
}
