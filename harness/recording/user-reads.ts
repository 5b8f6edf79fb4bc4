/** Finds where the code of a migration reads rows, and so may do something else on others (pure). */
import type { WrittenName } from "../release/targets/named-objects.ts";
import { isHarmless } from "./bookkeeping.ts";
import type { CutMigration } from "./cut-migrations.ts";
import { isCatalog, type SentStatement } from "./sent-statements.ts";

/**
 * The relations whose rows the code of a migration received. A SELECT among other statements of one message is text of a
 * file, and one that calls a function which changes something, such as setval, is sent for that.
 */
export function listUserReads({ pieces }: CutMigration, harmless: ReadonlySet<string>): readonly WrittenName[] {
  return pieces.flatMap(({ statements }) =>
    statements.flatMap((statement) => (readsRows(statement, harmless) ? statement.relations : [])),
  );
}

function readsRows(statement: SentStatement, harmless: ReadonlySet<string>): boolean {
  const { parsed, isAlone, nodes } = statement;
  if (!isAlone || statement.relations.every(isCatalog)) return false;
  if (parsed.node === "SelectStmt") return isHarmless(statement, harmless);

  // What INSERT returns is of rows that it made itself.
  return (
    (parsed.node === "UpdateStmt" || parsed.node === "DeleteStmt") &&
    nodes.some(({ field }) => field === "returningClause")
  );
}
