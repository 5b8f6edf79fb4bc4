/**
 * What pg-mem's refusal of a write says of PostgreSQL (pure). That a constraint is broken is certain; which one is told
 * only is where no other could be broken by the same write: pg-mem looks at checks in the order in which they were made,
 * and PostgreSQL in that of their names.
 */
import { DatabaseError } from "pg";
import { UncertainError } from "../database/uncertain.ts";
import { childrenIn, type SyntaxNode, stringOf } from "../mutation/syntax.ts";
import { type Table, tableOf } from "./memory-tables.ts";

const CONSTRAINTS: readonly (readonly [code: string, message: RegExp])[] = [
  ["23514", /^check constraint "[^"]*" is violated by some row/],
  ["23502", /^null value in column "[^"]*" violates not-null constraint/],
  ["23505", /duplicate key value violates unique constraint/],
  ["23503", /violates foreign key constraint/],
];

/** The error that PostgreSQL's client would give; undefined where pg-mem says nothing of a constraint. */
export function refusalOf(message: string, root: SyntaxNode, table: Table): DatabaseError | undefined {
  const [code] = CONSTRAINTS.find(([, pattern]) => pattern.test(message)) ?? [];
  if (code === undefined) return undefined;
  const [, name] = /^check constraint "([^"]*)"/.exec(message) ?? [];
  if (name === undefined || !isCertain(name, root, table)) {
    return new UncertainError(code, `pg-mem does not say which constraint PostgreSQL would name: ${message}`);
  }
  const text = `new row for relation "${tableOf(root)}" violates check constraint "${name}"`;

  return Object.assign(new DatabaseError(text, text.length, "error"), { code });
}

/** Checks that were made before the one that is named are not broken, or pg-mem would have named them. */
function isCertain(name: string, root: SyntaxNode, { checks }: Table): boolean {
  const at = checks.findIndex((check) => check.name === name);
  const written = childrenIn(root, "targetList").map((target) => stringOf(target, "name"));
  const isTouched = (columns: readonly string[]) =>
    root.kind === "InsertStmt" || columns.some((column) => written.includes(column));

  return at !== -1 && !checks.slice(at + 1).some(({ columns }) => isTouched(columns));
}
