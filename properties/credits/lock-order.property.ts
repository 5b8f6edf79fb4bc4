/**
 * Rule K3 from the side of the locks: in which order the statements of migrating and the functions take them. Two that
 * could wait for each other are told, even when they never did.
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
import { transactionChange } from "../../harness/tracing/transaction.ts";
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

export const lockOrder = property(
  "K3-order",
  "no two of the functions and the statements of migrating take conflicting locks in opposite orders",
  {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      const impacts = await measureMigrationImpacts(context);
      const db = await createOrganizations(context);
      const moments: LockAcquisition[] = [];
      const actors = new Map(CALLS.map((call) => [call.name, call.sql]));

      for (const step of context.release.migrate) {
        for (const { actor, tables, apply } of turnsOf(db, step, impacts)) {
          actors.set(actor.name, actor.sql);
          moments.push(...(await observeLockAcquisitions(db.database, db.session, actor, tables)));
          await apply();
        }
        db.note({ title: step.path, sql: step.source, ofRelease: true });
      }
      for (const call of CALLS) {
        moments.push(...(await observeLockAcquisitions(db.database, db.session, call, TABLES)));
      }

      return violationOf(db, findDeadlocks(moments), actors);
    },
  },
);

interface Turn {
  readonly actor: LockingStatement;
  /** Those that it locks. */
  readonly tables: readonly string[];
  apply(): Promise<unknown>;
}

/** Whoever takes locks in a step, in turn: a statement, or all of a transaction that the step opens. */
function turnsOf(db: RecordedDatabase, step: Step, impacts: readonly Impact[]): readonly Turn[] {
  return blocksOf(step.statements.filter(({ kind }) => kind === "sql")).map((block) => {
    const inside = block.filter((statement) => transactionChange(statement) === undefined);
    const [first = block[0]] = inside;
    const seen = impacts.filter(({ statement }) => inside.includes(statement));

    return {
      actor: {
        name: first === undefined ? step.path : formatStatementPosition({ step, statement: first }),
        sql: joined(inside),
        outside: seen.some(({ nontransactional: outside }) => outside),
      },
      tables: TABLES.filter((table) => seen.some(({ locks }) => locks.has(table)) && !takesOneLock(seen)),
      apply: async () => {
        for (const { text } of block) {
          await db.session.tryExecute(text);
        }
      },
    };
  });
}

/** A statement on one table, of a kind that begins with the strongest lock it needs: no order to be found there. */
function takesOneLock(seen: readonly Impact[]): boolean {
  const [only] = seen;

  return (
    only !== undefined &&
    seen.length === 1 &&
    only.locks.size === 1 &&
    /^(AlterTable|Index|Rename|Comment|Drop)Stmt$/.test(only.statement.node)
  );
}

/** The statements of each transaction together, every other one by itself. */
function blocksOf(statements: readonly Statement[]): readonly (readonly Statement[])[] {
  const blocks: Statement[][] = [];
  let open = false;
  for (const statement of statements) {
    const change = transactionChange(statement);
    if (open) {
      blocks.at(-1)?.push(statement);
    } else {
      blocks.push([statement]);
    }
    open = change === undefined ? open : change === "opens";
  }

  return blocks;
}

function joined(statements: readonly Statement[]): string {
  return statements.map(({ text }) => text).join(";\n");
}

function violationOf(db: RecordedDatabase, cycles: readonly Deadlock[], actors: ReadonlyMap<string, string>) {
  const [first] = cycles;

  return (
    first &&
    db.violation({
      expected: "all take their locks in one order, so that none waits for another that waits for it",
      got: cycles.map(formatDeadlock).join(". "),
      show: [...new Set([first.one.actor, first.other.actor])]
        .map((actor) => locksAfter(actors.get(actor) ?? "SELECT 1"))
        .join("\n"),
      hint: "Lock in the same order everywhere: the organization first, and then the log",
    })
  );
}

/** The locks that each of two holds in the end: they conflict, and were taken in opposite orders. */
function locksAfter(sql: string): string {
  return `BEGIN;
${sql.replace(/;\s*$/, "")};
SELECT relation::regclass AS "table", mode FROM pg_locks
WHERE pid = pg_backend_pid() AND relation IN ('organizations'::regclass, 'credit_actions'::regclass);
ROLLBACK;`;
}
