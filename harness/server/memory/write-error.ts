/**
 * What pg-mem's refusal of a write says of PostgreSQL (pure). That a constraint is broken is certain; which one is told
 * only where no other could be broken by the same write: pg-mem looks at checks first, in the order in which they were
 * made, and PostgreSQL after NULLs, in that of their names.
 */
import { DatabaseError } from "pg";
import { UncertainError } from "../../database/uncertain-error.ts";
import { childrenIn, type SyntaxNode, stringOf } from "../../release/syntax.ts";
import { constantOf, type Table, tableOf } from "./tables.ts";

const CHECK = /^check constraint "([^"]*)" is violated by some row/;
const OTHERS = [
  /^null value in column "[^"]*" violates not-null constraint/,
  /duplicate key value violates unique constraint/,
  /violates foreign key constraint/,
];
/** integrity_constraint_violation: the class of all of them. */
const ANY_CONSTRAINT = "23000";
const CHECK_VIOLATION = "23514";

/** The error that PostgreSQL's client would give; undefined where pg-mem says nothing of a constraint. */
export function refusalOf(message: string, root: SyntaxNode, table: Table): DatabaseError | undefined {
  const [, name] = CHECK.exec(message) ?? [];
  if (name === undefined && !OTHERS.some((pattern) => pattern.test(message))) return undefined;
  if (name === undefined || !isCertain(name, root, table)) {
    return new UncertainError(
      ANY_CONSTRAINT,
      `pg-mem does not say which constraint PostgreSQL would name: ${message}`,
    );
  }
  const text = `new row for relation "${tableOf(root)}" violates check constraint "${name}"`;

  return Object.assign(new DatabaseError(text, text.length, "error"), { code: CHECK_VIOLATION });
}

/** Checks that were made before the one that is named are not broken, or pg-mem would have named them. */
function isCertain(name: string, root: SyntaxNode, { checks }: Table): boolean {
  const at = checks.findIndex((check) => check.name === name);
  const targets = childrenIn(root, "targetList");
  const written = targets.map((target) => stringOf(target, "name"));
  const hasNull = targets
    .flatMap((target) => childrenIn(target, "val"))
    .some((value) => value.kind === "SetToDefault" || constantOf(value) === null);
  const later = checks
    .slice(at + 1)
    .filter(({ columns }) => columns.some((column) => written.includes(column)));

  return root.kind === "UpdateStmt" && at !== -1 && !hasNull && later.length === 0;
}
