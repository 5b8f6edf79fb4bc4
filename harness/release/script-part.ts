/**
 * Turns steps into parts of a script (pure). The harness applies each file as a psql of its own does; a script runs in
 * one psql. So a part closes what its file leaves open: its last statement, and a transaction.
 */

import assert from "node:assert";
import type { Statement, Step } from "./release.ts";

/** A part of the script that reproduces a violation. */
export interface ScriptPart {
  readonly title: string;
  /** Statements that run in plain psql, each ended by a semicolon. */
  readonly sql: string;
  /** True for unchanged statements of the release: a terminal prints their title alone. */
  readonly isFromRelease?: boolean;
}

export function toScriptPart(step: Step): ScriptPart {
  return { title: step.path, sql: formatStep(step), isFromRelease: true };
}

/** The first statements of a step, with the comments between them; at least one statement. */
export function toFirstPart(step: Step, count: number): ScriptPart {
  const statements = step.statements.slice(0, count);

  return count === step.statements.length
    ? toScriptPart(step)
    : {
        title: formatTitle(step, count),
        sql: addRollback(formatFirst(step, count), statements),
        isFromRelease: true,
      };
}

/** A statement of a step as the one that reproduces a violation, after the statements before it in its file. */
export function toPartsUpTo(step: Step, statement: Statement): readonly ScriptPart[] {
  const count = step.statements.indexOf(statement);
  const reproducing = {
    title: `reproduces the violation: ${step.path}, line ${statement.line}`,
    sql: terminateStatement(statement.text),
  };

  return count === 0
    ? [reproducing]
    : [{ title: formatTitle(step, count), sql: formatFirst(step, count), isFromRelease: true }, reproducing];
}

/** Whole steps that reproduce a violation by their output. */
export function toReproducingPart(steps: readonly Step[]): ScriptPart {
  return {
    title: `reproduces the violation: ${steps.map(({ path }) => path).join(", ")}`,
    sql: steps.map((step) => formatStep(step).trimEnd()).join("\n\n"),
    isFromRelease: true,
  };
}

export function terminateStatement(sql: string): string {
  return /;\s*$/.test(sql) ? sql : `${sql};`;
}

function formatTitle({ path, statements }: Step, count: number): string {
  return `${path}, the first ${count} of ${statements.length} statements`;
}

function formatStep({ source, statements }: Step): string {
  const last = statements.at(-1);
  const after = last?.kind === "sql" ? source.slice(findEnd(source, statements)) : ";";
  const ended = after.replace(/--.*|\/\*[\s\S]*?\*\//g, "").includes(";");

  return addRollback(ended ? source : `${source.trimEnd()}\n;`, statements);
}

function formatFirst({ source, statements }: Step, count: number): string {
  const first = statements.slice(0, count);
  const text = source.slice(0, findEnd(source, first));

  return first.at(-1)?.kind === "meta" ? text : `${text};`;
}

/** The end of the last of the statements, which are the first ones of the source. */
function findEnd(source: string, statements: readonly Statement[]): number {
  return (findStatementStarts(source, statements).at(-1) ?? 0) + (statements.at(-1)?.text.length ?? 0);
}

function addRollback(sql: string, statements: readonly Statement[]): string {
  return leavesOpen(statements) ? `${sql.trimEnd()}\n\nROLLBACK;\n` : sql;
}

function leavesOpen(statements: readonly Statement[]): boolean {
  const last = statements.findLast(
    ({ node, text }) => node === "TransactionStmt" && !/^(SAVEPOINT|RELEASE|ROLLBACK\b.*\bTO)\b/is.test(text),
  );

  return last !== undefined && /^(BEGIN|START)\b|\bAND\s+CHAIN$/i.test(last.text);
}

/** Finds the start of each of the statements, which are the first ones of the source, by its line and its text. */
export function findStatementStarts(source: string, statements: readonly Statement[]): number[] {
  const lines = source.split("\n");
  const starts: number[] = [];
  let end = 0;
  let line = 1;
  let lineStart = 0;

  for (const statement of statements) {
    for (; line < statement.line; line += 1) lineStart += (lines[line - 1]?.length ?? 0) + 1;
    const start = source.indexOf(statement.text, Math.max(end, lineStart));
    assert(start !== -1, "A statement is in the source of its step");
    starts.push(start);
    end = start + statement.text.length;
  }

  return starts;
}
