/**
 * Steps as parts of a script (pure). The harness applies each file as a psql of its own does; in a script all files run
 * in one psql. So a part closes what its file leaves open: the last statement, and a transaction.
 */
import type { Statement, Step } from "./release.ts";
import { findStatementStarts } from "./statement-starts.ts";

/** A part of the script that shows a violation. */
export interface ScriptPart {
  /** What these statements are for, in a few words. */
  readonly title: string;
  /** Statements that run in plain psql, each ended by a semicolon. */
  readonly sql: string;
  /** True where the statements are those of the release as it stands: a terminal names them and leaves them out. */
  readonly isFromRelease?: boolean;
}

/** A step as it stands in its file. */
export function toScriptPart(step: Step): ScriptPart {
  return { title: step.path, sql: wholeOf(step), isFromRelease: true };
}

/** The first statements of a step, with the comments between them; at least one statement. */
export function toFirstPart(step: Step, count: number): ScriptPart {
  const statements = step.statements.slice(0, count);

  return count === step.statements.length
    ? toScriptPart(step)
    : { title: firstTitle(step, count), sql: rolledBack(upTo(step, count), statements), isFromRelease: true };
}

/** A statement of a step, as what shows a fault, and before it what stands before it in the file. */
export function toPartsUpTo(step: Step, statement: Statement): readonly ScriptPart[] {
  const count = step.statements.indexOf(statement);
  const shown = {
    title: `reproduces the violation: ${step.path}, line ${statement.line}`,
    sql: terminateStatement(statement.text),
  };

  return count === 0
    ? [shown]
    : [{ title: firstTitle(step, count), sql: upTo(step, count), isFromRelease: true }, shown];
}

/** Whole steps, as what shows a fault: it is seen in what they say. */
export function toReproducingPart(steps: readonly Step[]): ScriptPart {
  return {
    title: `reproduces the violation: ${steps.map(({ path }) => path).join(", ")}`,
    sql: steps.map((step) => wholeOf(step).trimEnd()).join("\n\n"),
    isFromRelease: true,
  };
}

/** The statement, ended by a semicolon. */
export function terminateStatement(sql: string): string {
  return /;\s*$/.test(sql) ? sql : `${sql};`;
}

function firstTitle({ path, statements }: Step, count: number): string {
  return `${path}, the first ${count} of ${statements.length} statements`;
}

function wholeOf({ source, statements }: Step): string {
  const last = statements.at(-1);
  const after = last?.kind === "sql" ? source.slice(endOf(source, statements)) : ";";
  const ended = after.replace(/--.*|\/\*[\s\S]*?\*\//g, "").includes(";");

  return rolledBack(ended ? source : `${source.trimEnd()}\n;`, statements);
}

function upTo({ source, statements }: Step, count: number): string {
  const first = statements.slice(0, count);
  const text = source.slice(0, endOf(source, first));

  return first.at(-1)?.kind === "meta" ? text : `${text};`;
}

/** Where the last of the statements ends, which are the first ones of the source. */
function endOf(source: string, statements: readonly Statement[]): number {
  return (findStatementStarts(source, statements).at(-1) ?? 0) + (statements.at(-1)?.text.length ?? 0);
}

function rolledBack(sql: string, statements: readonly Statement[]): string {
  return leavesOpen(statements) ? `${sql.trimEnd()}\n\nROLLBACK;\n` : sql;
}

/** Whether a transaction is open after the statements. */
function leavesOpen(statements: readonly Statement[]): boolean {
  const last = statements.findLast(
    ({ node, text }) => node === "TransactionStmt" && !/^(SAVEPOINT|RELEASE|ROLLBACK\b.*\bTO)\b/is.test(text),
  );

  return last !== undefined && /^(BEGIN|START)\b|\bAND\s+CHAIN$/i.test(last.text);
}
