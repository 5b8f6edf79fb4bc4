/**
 * Rule K3 by lock order: in which order the statements of migrating and the functions take their locks. Two that could
 * deadlock are found even if they never did.
 */
import { property } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { formatStatementPosition } from "../../harness/tracing/describe-locks.ts";
import type { Impact } from "../../harness/tracing/impact.ts";
import { type LockingStatement, observeLockAcquisitions } from "../../harness/tracing/lock-acquisition.ts";
import {
  type Deadlock,
  findDeadlocks,
  formatDeadlock,
  type LockAcquisition,
} from "../../harness/tracing/lock-order.ts";
import { splitTransactions, transactionChange } from "../../harness/tracing/transaction.ts";
import { requireIndependence } from "./database/find-entanglement.ts";
import { createOrganizations, measureMigrationImpacts } from "./database/locking.ts";
import { callSql } from "./database/sql.ts";
import { nthId } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const TABLES = ["organizations", "credit_actions"];

const CALLS: readonly LockingStatement[] = [
  callSql({ kind: "allocate", organization: nthId(0), plan: "premium" }),
  callSql({ kind: "available", organization: nthId(0), type: "ai" }),
  callSql({ kind: "consume", organization: nthId(0), type: "ai", credits: 1 }),
].map((sql) => ({ name: `${/\w+(?=\()/.exec(sql)?.[0]}()`, sql }));

export const lockOrder = property("K3-order", "statements and functions lock in one order", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    requireIndependence(context.schema);
    const impacts = await measureMigrationImpacts(context);
    const db = await createOrganizations(context);
    const { database, session } = db;
    const acquisitions: LockAcquisition[] = [];
    const statements = new Map(CALLS.map((call) => [call.name, call.sql]));

    for (const step of context.release.lists.migrate) {
      for (const transaction of splitTransactions(step.statements.filter(({ kind }) => kind === "sql"))) {
        const { statement, tables } = combine(step, transaction, impacts);
        statements.set(statement.name, statement.sql);
        acquisitions.push(...(await observeLockAcquisitions(database, session, statement, tables)));
        for (const { text } of transaction) await session.tryExecute(text);
      }
      db.record({ title: step.path, sql: step.source, isFromRelease: true });
    }
    for (const call of CALLS) {
      acquisitions.push(...(await observeLockAcquisitions(database, session, call, TABLES)));
    }

    return deadlockViolation(db, findDeadlocks(acquisitions), statements);
  },
});

/** The statements of a transaction as one, and the tables whose lock order matters. */
function combine(
  step: Step,
  transaction: readonly Statement[],
  impacts: readonly Impact[],
): { readonly statement: LockingStatement; readonly tables: readonly string[] } {
  const inside = transaction.filter((statement) => transactionChange(statement) === undefined);
  const [first = transaction[0]] = inside;
  const own = impacts.filter(({ statement }) => inside.includes(statement));

  return {
    statement: {
      name: first === undefined ? step.path : formatStatementPosition({ step, statement: first }),
      sql: inside.map(({ text }) => text).join(";\n"),
      nontransactional: own.some(({ nontransactional }) => nontransactional),
    },
    tables: TABLES.filter((table) => own.some(({ locks }) => locks.has(table)) && !takesOneLock(own)),
  };
}

/** A statement on one table that begins with its strongest lock has no lock order. */
function takesOneLock(impacts: readonly Impact[]): boolean {
  const [only] = impacts;

  return (
    only !== undefined &&
    impacts.length === 1 &&
    only.locks.size === 1 &&
    /^(AlterTable|Index|Rename|Comment|Drop)Stmt$/.test(only.statement.node)
  );
}

function deadlockViolation(
  db: RecordedDatabase,
  deadlocks: readonly Deadlock[],
  statements: ReadonlyMap<string, string>,
) {
  const [first] = deadlocks;

  return (
    first &&
    db.violation({
      expected: "all take their locks in one order, so that none waits for another that waits for it",
      got: deadlocks.map(formatDeadlock).join(". "),
      show: [...new Set([first.one.actor, first.other.actor])]
        .map((name) => heldLocksAfter(statements.get(name) ?? "SELECT 1"))
        .join("\n"),
      hint: "Lock in the same order everywhere: the organization first, and then the log",
    })
  );
}

/** Selects the locks that the statement holds at its end. */
function heldLocksAfter(sql: string): string {
  return `BEGIN;
${sql.replace(/;\s*$/, "")};
SELECT relation::regclass AS "table", mode FROM pg_locks
WHERE pid = pg_backend_pid() AND relation IN ('organizations'::regclass, 'credit_actions'::regclass);
ROLLBACK;`;
}
