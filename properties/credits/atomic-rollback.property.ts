/** Rules R4 and R5 for a concurrent observer: a rollback is not visible at all, or completely. */
import { property } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { THREE_ORGANIZATIONS } from "./database/fault-kinds.ts";
import {
  type CreditSnapshot,
  differencesViolation,
  readCreditSnapshot,
  snapshotDifferences,
} from "./database/snapshot.ts";
import { type RollbackKind, rollBack } from "./database/states.ts";
import type { CreditsContext } from "./world.ts";

function isAtomic(id: string, title: string, kind: RollbackKind) {
  return property(id, title, {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      for (const earlier of [[], ["controlled"]] as const) {
        const states = await observeRollback(context, await migrated(context, earlier), kind);
        const [before, complete] = [states[0], states.at(-1)];
        const partial = states.find(({ snapshot }) =>
          [before, complete].every((one) => one && snapshotDifferences(one.snapshot, snapshot).length > 0),
        );
        if (partial !== undefined && complete !== undefined) {
          const db = await migrated(context, earlier);
          await rollBackTo(context, db, kind, partial);

          return differencesViolation(
            db,
            snapshotDifferences(complete.snapshot, partial.snapshot),
            `after line ${partial.statement?.line} of ${partial.step?.path} another session sees nothing of the rollback, or all`,
          );
        }
        await context.endCase();
      }

      return undefined;
    },
  });
}

export const emergencyIsAtomic = isAtomic("R4-atomic", "no other session sees half an emergency rollback", "emergency");
export const controlledIsAtomic = isAtomic(
  "R5-atomic",
  "no other session sees half a controlled rollback",
  "controlled",
);

/** The state after a statement; `step` and `statement` are undefined before the first. */
interface VisibleState {
  readonly step?: Step;
  readonly statement?: Statement;
  readonly snapshot: CreditSnapshot;
}

async function migrated(context: CreditsContext, earlier: readonly RollbackKind[]): Promise<RecordedDatabase> {
  const db = await context.migrate(THREE_ORGANIZATIONS);
  for (const kind of earlier) await rollBack(context, db, kind);

  return db;
}

/** The states that other sessions see: those in which no transaction is open. */
async function observeRollback(
  context: CreditsContext,
  db: RecordedDatabase,
  kind: RollbackKind,
): Promise<readonly VisibleState[]> {
  const states: VisibleState[] = [{ snapshot: await readCreditSnapshot(db, context.schema) }];
  for (const step of context.steps(kind)) {
    for (const statement of step.statements.filter((one) => one.kind === "sql")) {
      await db.session.tryExecute(statement.text);
      if (!(await isInTransaction(db))) {
        states.push({ step, statement, snapshot: await readCreditSnapshot(db, context.schema) });
      }
    }
  }

  return states;
}

async function isInTransaction({ session, database }: RecordedDatabase): Promise<boolean> {
  const observer = await database.observer();
  const [row] = await observer.query("SELECT state FROM pg_stat_activity WHERE pid = $1", [session.pid]);

  return row?.["state"]?.startsWith("idle in transaction") ?? false;
}

async function rollBackTo(
  context: CreditsContext,
  db: RecordedDatabase,
  kind: RollbackKind,
  { step, statement }: VisibleState,
): Promise<void> {
  if (step !== undefined && statement !== undefined) {
    const steps = context.steps(kind);
    await db.apply(steps.slice(0, steps.indexOf(step)));
    await db.applyFirst(step, step.statements.slice(0, step.statements.indexOf(statement) + 1));
  }
}
