/**
 * Rules S4 and L3 where an earlier run was stopped while it built an index: one that no query may use is left, which
 * CREATE INDEX IF NOT EXISTS takes for done.
 */

import { interruptStep } from "../../harness/fault/interrupt-step.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { apply } from "../../harness/release/apply.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { ADVICE, formatStatementPosition, formatWait } from "../../harness/tracing/describe-locks.ts";
import { checkLockTimeout } from "../../harness/tracing/lock-timeout-check.ts";
import { findQueuedStatements, type QueuedStatement } from "../../harness/tracing/queueing.ts";
import { isConcurrent } from "./database/injection-points.ts";
import { createOrganizations, heldLocksSql, LONG_TRANSACTION } from "./database/locking.ts";
import type { CreditsContext } from "./world.ts";

/** More than one row has the same type, so this is refused, and the index that it leaves is nobody's but its owner's. */
const SOMEBODY_ELSES = "CREATE UNIQUE INDEX CONCURRENTLY somebody_elses ON credit_actions (action_type)";

const INDEXES = `SELECT indexrelid::regclass AS index, indisvalid AS usable, pg_relation_filenode(indexrelid) AS file
FROM pg_index WHERE indrelid IN ('public.organizations'::regclass, 'public.credit_actions'::regclass)
ORDER BY indexrelid::regclass::text`;

export const rebuildsInvalidIndex = property(
  "S4-repair",
  "migrating again builds an index anew that an earlier run left unusable, and no other one",
  {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      const { migrate } = context.release;
      const db = await createOrganizations(context);
      await db.attempt("an odd index of somebody else's, left unusable", SOMEBODY_ELSES);
      await stopAtIndex(db, migrate);
      const again = db.refused(
        await db.apply(migrate),
        "migrating can be run again after it was stopped while it built an index",
        "Make each statement repeatable; drop an unusable index of that name, and no other one, before it is created",
      );
      if (again !== undefined) {
        return again;
      }
      const repaired = await indexesOf(db);
      const unusable = repaired.find(({ name, usable }) => !usable && name !== "somebody_elses");
      if (unusable !== undefined) {
        return db.violation({
          expected: "each index of the release can be used after it was run again",
          got: `${unusable.name} cannot be used`,
          show: INDEXES,
        });
      }
      await db.apply(migrate);
      const third = await indexesOf(db);

      return builtAnew(db, repaired, third);
    },
  },
);

export const repairStopsWaiting = property(
  "L3-repair",
  "where an earlier run left an index unusable, no statement queues for ever either, and one that gives up says so",
  {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      const { migrate } = context.release;
      const db = await stopped(context);
      const queued = (await findQueuedStatements(db.database, migrate, LONG_TRANSACTION)).filter(
        ({ blocking: stopping }) => stopping.length > 0,
      );
      for (const one of queued) {
        const violation =
          one.lockTimeoutMs === 0
            ? await shown(context, one, {
                expected: "each statement gives up after a stated lock timeout",
                got: `${formatStatementPosition(one)}: ${formatWait(one)}`,
                hint: ADVICE.timeout,
              })
            : await silentlyGivenUp(context, one);
        if (violation !== undefined) {
          return violation;
        }
      }

      return undefined;
    },
  },
);

/** A database with organizations, in which migrating was stopped. */
async function stopped(context: CreditsContext): Promise<RecordedDatabase> {
  const db = await createOrganizations(context);
  await stopAtIndex(db, context.release.migrate);

  return db;
}

/** Migrates until the first index is being built beside everyone's work, which is cancelled; all of it where none is. */
async function stopAtIndex(db: RecordedDatabase, steps: readonly Step[]): Promise<void> {
  const spot = { at: "wait", table: "public.organizations", behind: "snapshot" } as const;
  for (const step of steps) {
    const statement = step.statements.find(isConcurrent);
    if (statement !== undefined) {
      await interruptStep(db, {
        step,
        statement,
        fault: { kind: "cancel", point: spot },
        continues: false,
      });
      return;
    }
    await db.apply([step]);
  }
}

interface Index {
  readonly name: string;
  readonly usable: boolean;
  readonly file: string;
}

async function indexesOf(db: RecordedDatabase): Promise<readonly Index[]> {
  const rows = await db.query(INDEXES);

  return rows.map(({ index, usable, file }) => ({
    name: index ?? "",
    usable: usable === "t",
    file: file ?? "",
  }));
}

function builtAnew(
  db: RecordedDatabase,
  before: readonly Index[],
  after: readonly Index[],
): Violation | undefined {
  const anew = before.find(({ name, file }) => after.find((one) => one.name === name)?.file !== file);

  return (
    anew &&
    db.violation({
      expected: "an index that can be used is left alone by the next run, and so is one of somebody else's",
      got: `${anew.name} is dropped or built anew`,
      show: INDEXES,
    })
  );
}

/** Whether the statement goes on as if it had its lock, and its file ends with an index that cannot be used. */
async function silentlyGivenUp(
  context: CreditsContext,
  one: QueuedStatement,
): Promise<Violation | undefined> {
  const db = await stopped(context);
  const { step, statement } = one;
  const { error: refusal } = await checkLockTimeout(db.database, db.session, {
    steps: context.release.migrate,
    ...one,
    long: LONG_TRANSACTION,
  });
  if (refusal !== undefined) {
    return undefined;
  }
  const rest = step.statements.slice(step.statements.indexOf(statement) + 1);
  await apply(db.session, [{ ...step, statements: rest }]);
  const left = (await indexesOf(db)).find(({ usable }) => !usable);

  return left === undefined
    ? undefined
    : await shown(context, one, {
        expected: "a statement that gives up is refused, so that nobody takes its file for done",
        got: `${formatStatementPosition(one)} ends without an error, and ${left.name} cannot be used after its file`,
        hint: "Let the error out: who runs the file must see that it was not done",
      });
}

async function shown(
  context: CreditsContext,
  { step, statement }: { readonly step: Step; readonly statement: Statement },
  told: { readonly expected: string; readonly got: string; readonly hint: string },
): Promise<Violation> {
  const db = await stopped(context);
  const { migrate } = context.release;
  await db.apply(migrate.slice(0, migrate.indexOf(step)));
  const earlier = step.statements.slice(0, step.statements.indexOf(statement));
  if (earlier.length > 0) {
    await db.applyFirst(step, earlier);
  }

  return db.violation({ ...told, show: `SHOW lock_timeout;\n${heldLocksSql(statement.text)}` });
}
