/**
 * Turns steps into parts of a script (pure). The harness applies each file as a psql of its own does; a script runs in
 * one psql. So a part closes what its file leaves open: its last statement, and a transaction.
 */

import assert from "node:assert";
import { setsSessionDefaults } from "../database/database-settings.ts";
import type { Statement, Step } from "./release.ts";
import { getTransactionMode, groupByTransaction } from "./transactions.ts";

/** A part of the script that reproduces a violation. */
export interface ScriptPart {
  readonly title: string;
  /** Statements that run in plain psql, each ended by a semicolon, or by `\;` where the next part is of the same message. */
  readonly sql: string;
  /** True for unchanged statements of the release: a terminal prints their title alone. */
  readonly isFromRelease?: boolean;
}

/** Steps in the transactions that they are applied in, a part each; formatted when it is read, which most never are. */
export function toScriptParts(steps: readonly Step[]): readonly ScriptPart[] {
  return groupByTransaction(steps).flatMap(({ steps: grouped }) =>
    grouped.map((step, index) => ({
      title: step.path,
      get sql() {
        const isLast = index === grouped.length - 1;
        const sql = formatStep(step, { isFirst: index === 0, isLast });

        return isLast && grouped.some(({ source }) => setsSessionDefaults(source)) ? `${sql}\n\\connect -\n` : sql;
      },
      isFromRelease: step.isGenerated !== true,
    })),
  );
}

/** A step on its own. */
export function toScriptPart(step: Step): ScriptPart {
  return { title: step.path, sql: formatStep(step, alone), isFromRelease: true };
}

/** The first statements of a step, with the comments between them; at least one statement. */
export function toFirstPart(step: Step, count: number): ScriptPart {
  const statements = step.statements.slice(0, count);
  if (count === step.statements.length) return toScriptPart(step);
  const first = formatFirst(step, count);
  const isOpen = opensTransaction(step);

  return {
    title: formatTitle(step, count),
    sql: isOpen ? `${first}\n\nCOMMIT;\n` : addRollback(first, statements),
    isFromRelease: true,
  };
}

/** A statement of a step as the one that reproduces a violation, after the statements before it in its transaction. */
export function toPartsUpTo(step: Step, statement: Statement): readonly ScriptPart[] {
  const count = step.statements.indexOf(statement);
  const title = `reproduces the violation: ${step.path}, line ${statement.line}`;
  const sql = terminateStatement(statement.text);
  if (getTransactionMode(step) === "query") {
    if (count === 0) return [{ title, sql: formatFirst(step, 1) }];

    return [
      { title: formatTitle(step, count), sql: formatFirst(step, count).replace(/;$/, " \\;"), isFromRelease: true },
      { title, sql },
    ];
  }
  const isOpen = opensTransaction(step);
  if (count === 0) return [{ title, sql: isOpen ? `${formatOpening(step)}${sql}\n\nCOMMIT;` : sql }];

  return [
    { title: formatTitle(step, count), sql: formatFirst(step, count), isFromRelease: true },
    { title, sql: isOpen ? `${sql}\n\nCOMMIT;` : sql },
  ];
}

/** Whole steps that reproduce a violation by their output. */
export function toReproducingPart(steps: readonly Step[]): ScriptPart {
  return {
    title: `reproduces the violation: ${steps.map(({ path }) => path).join(", ")}`,
    sql: toScriptParts(steps)
      .map(({ sql }) => sql.trimEnd())
      .join("\n\n"),
    isFromRelease: true,
  };
}

export function terminateStatement(sql: string): string {
  return /;\s*$/.test(sql) ? sql : `${sql};`;
}

function formatTitle({ path, statements }: Step, count: number): string {
  return `${path}, the first ${count === 1 ? "" : `${count} `}of ${statements.length} statements`;
}

/** The place of a step in its transaction. */
interface StepPlace {
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

const alone: StepPlace = { isFirst: true, isLast: true };

function formatStep(step: Step, { isFirst, isLast }: StepPlace): string {
  const { source, statements } = step;
  if (getTransactionMode(step) === "query") {
    return addRollback(`${formatFirst(step, statements.length)}\n`, statements);
  }
  const last = statements.at(-1);
  const after = last?.kind === "sql" ? source.slice(findEnd(source, statements)) : ";";
  const ended = after.replace(/--.*|\/\*[\s\S]*?\*\//g, "").includes(";");
  const text = removeBlankStart(ended ? source : `${source.trimEnd()}\n;`);
  if (!opensTransaction(step)) return `${formatBefore(step)}${addRollback(text, statements)}`;

  return `${isFirst ? formatOpening(step) : formatBefore(step)}${text.trimEnd()}\n${isLast ? "\nCOMMIT;\n" : ""}`;
}

/** The first statements; a transaction of the step is left open. */
function formatFirst(step: Step, count: number): string {
  const first = step.statements.slice(0, count);
  if (getTransactionMode(step) === "query") {
    // psql sends statements that `\;` separates as one message.
    const texts = first.flatMap(({ kind, text }) => (kind === "sql" ? [text] : []));

    return `${formatBefore(step)}${texts.join(" \\;\n\n")};`;
  }
  const text = removeBlankStart(step.source.slice(0, findEnd(step.source, first)));

  return `${formatOpening(step)}${first.at(-1)?.kind === "meta" ? text : `${text};`}`;
}

function opensTransaction(step: Step): boolean {
  return ["file", "run"].includes(getTransactionMode(step));
}

/** What is sent before the statements of a step. */
function formatOpening(step: Step): string {
  return `${opensTransaction(step) ? "BEGIN;\n\n" : ""}${formatBefore(step)}`;
}

function formatBefore({ before = [] }: Step): string {
  return before.map((sql) => `${terminateStatement(sql)}\n`).join("");
}

/** A part of a file keeps its line numbers by blank lines. */
function removeBlankStart(text: string): string {
  return text.replace(/^(?:[ \t]*\r?\n)+/, "");
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
