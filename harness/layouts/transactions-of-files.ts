/** Chooses the transaction of a file by its statements, as tools do that have no setting for it (pure). */
import type { Statement, Step } from "../release/release.ts";

const CONCURRENT =
  /^(?:CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX\b[^;]*?|REFRESH\s+MATERIALIZED\s+VIEW)\s+CONCURRENTLY\b/i;
const OUTSIDE = new Set(["VacuumStmt", "CreatedbStmt", "DropdbStmt", "AlterSystemStmt", "CreateTableSpaceStmt"]);

const WORDS =
  /\b(?:CONCURRENTLY|VACUUM|DATABASE|SYSTEM|TABLESPACE|BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|PREPARE)\b/i;

/** The step without a transaction around it if it has its own, or if no statement could run in one. */
export function chooseTransaction(step: Step): Step {
  // Most files have none of these words, and are not parsed for this.
  if (!WORDS.test(step.source)) return step;
  const { statements } = step;
  const isAlone = statements.length > 0 && statements.every(runsOutside);

  return isAlone || statements.some(({ node }) => node === "TransactionStmt")
    ? { ...step, transaction: "statement" }
    : step;
}

/** Whether PostgreSQL rejects the statement in a transaction block. */
function runsOutside({ node, text }: Statement): boolean {
  return OUTSIDE.has(node) || (CONCURRENT.test(text) && !/^REFRESH/i.test(text));
}
