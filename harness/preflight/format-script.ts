/** Formats the checks as a script for psql (pure). */
import { escapeLiteral } from "pg";
import { pluralize } from "../text/pluralize.ts";
import type { MigrationChecks, PreflightCheck } from "./check.ts";
import { formatBegin } from "./settings.ts";

export interface ScriptOptions {
  readonly timeoutMs: number;
  /** How many values that break a condition are selected; 0 for none. */
  readonly values: number;
}

/** A script that runs in psql, in a transaction that can only read; a query that fails does not end it. */
export function formatPreflightScript(migrations: readonly MigrationChecks[], options: ScriptOptions): string {
  const parts = migrations.flatMap(({ migration, checks, unasked }) => [
    toComment(
      `${migration}: ${checks.length === 0 ? "no condition to ask for" : pluralize(checks.length, "condition")}`,
    ),
    ...unasked.map(({ subject, message }) => toComment(`not asked: ${subject} may fail on some rows: ${message}`)),
    ...checks.map((check) => formatCheck(check, options.values)),
  ]);

  return `${[
    "\\set ON_ERROR_ROLLBACK on",
    ...formatBegin(options.timeoutMs).map((sql) => `${sql};`),
    ...parts.map((part) => `\n${part}`),
    "\nROLLBACK;",
  ].join("\n")}\n`;
}

function formatCheck(check: PreflightCheck, values: number): string {
  const { table, condition, reason, isEvaluated = false, count } = check;
  const name = toLine(`${table}: ${condition}`);
  const evaluated = isEvaluated ? "; an error is that of a row" : "";

  return [
    toComment(`${reason}${evaluated}`),
    `SELECT ${escapeLiteral(name)} AS condition, (${count}) AS broken;`,
    ...(values === 0 || isEvaluated ? [] : [`${limitValues(check, values)};`]),
  ].join("\n");
}

/** The query for some of the values that break a condition. */
export function limitValues(check: PreflightCheck, values: number): string {
  return `${check.values} LIMIT ${values}`;
}

function toComment(text: string): string {
  return `-- ${toLine(text)}`;
}

/** In one line: a comment ends with it. */
export function toLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, " ");
}
