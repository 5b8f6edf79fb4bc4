/**
 * Rules S4 and L3 after an earlier run was cancelled while it built an index: it left an invalid index, which CREATE
 * INDEX IF NOT EXISTS accepts (PostgreSQL manual, CREATE INDEX, Building Indexes Concurrently).
 */
import { interruptStep } from "../../harness/fault/interrupt-step.ts";
import { checkEach, listViolations, property } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { apply } from "../../harness/release/apply.ts";
import type { Step } from "../../harness/release/release.ts";
import { isConcurrent } from "../../harness/release/transactions.ts";
import { ADVICE, formatStatementPosition, formatWait } from "../../harness/tracing/describe-locks.ts";
import { checkLockTimeout, waitsWithoutLimit } from "../../harness/tracing/lock-timeout-check.ts";
import { findQueuedStatements, type QueuedStatement } from "../../harness/tracing/queueing.ts";
import { waitEvidence } from "./database/evidence.ts";
import { applyUpTo, createOrganizations, heldLocksSql, LONG_TRANSACTION } from "./database/locking.ts";
import type { CreditsContext } from "./world.ts";

/** Fails, since several rows have the same type, and leaves an invalid index that no release may touch. */
const FOREIGN_INDEX = "CREATE UNIQUE INDEX CONCURRENTLY plumbline_foreign_index ON credit_actions (action_type)";

const INDEXES = `SELECT indexrelid::regclass AS index, indisvalid AS usable, pg_relation_filenode(indexrelid) AS file
FROM pg_index WHERE indrelid IN ('organizations'::regclass, 'credit_actions'::regclass)
ORDER BY indexrelid::regclass::text`;

export const rebuildsIndex = property("S4-repair", "migrating again rebuilds an invalid index", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const { migrate } = context.release.lists;
    const db = await createOrganizations(context);
    await db.attempt("an invalid index that is not the release's", FOREIGN_INDEX);
    const foreign = await findInvalid(db);
    await cancelIndexBuild(db, migrate);
    const failed = db.findError(
      await db.apply(migrate),
      "migrating can be run again after it was stopped while it built an index",
      "Make each statement repeatable; drop an invalid index of that name, and no other one, before it is created",
    );
    const second = await readIndexes(db);
    const invalid = second.find(({ name, valid }) => !valid && !foreign.includes(name));
    const left =
      invalid &&
      db.violation({
        kind: "index stays invalid",
        expected: "each index of the release is valid after it was run again",
        got: `${invalid.name} is invalid`,
        show: INDEXES,
      });
    if (failed !== undefined || left !== undefined) return [failed, left].flatMap(listViolations);
    await db.apply(migrate);
    const third = await readIndexes(db);
    const rebuilt = second.find(({ name, file }) => third.find((one) => one.name === name)?.file !== file);

    return (
      rebuilt &&
      db.violation({
        kind: "valid index is rebuilt",
        expected: "the next run leaves valid indexes alone, and those that are not the release's",
        got: `${rebuilt.name} is dropped or rebuilt`,
        show: INDEXES,
      })
    );
  },
});

export const repairTimesOut = property("L3-repair", "with an invalid index, no statement waits", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const { migrate } = context.release.lists;
    const {
      db: { database },
    } = await migrateToIndex(context);
    const queued = await findQueuedStatements(database, migrate, LONG_TRANSACTION);
    return await checkEach(
      queued.filter(({ blocking }) => blocking.length > 0),
      async (one) =>
        waitsWithoutLimit(one)
          ? await reproduce(context, one, {
              kind: "no lock timeout",
              expected: "each statement gives up after a stated lock timeout",
              got: `${formatStatementPosition(one)}: ${formatWait(one)}`,
              hint: ADVICE.timeout,
              ...waitEvidence(one),
            })
          : await checkTimeoutError(context, one),
    );
  },
});

/** A database in which migrating was cancelled while it built an index, and the invalid indexes of its baseline. */
async function migrateToIndex(context: CreditsContext): Promise<{ db: RecordedDatabase; foreign: readonly string[] }> {
  const db = await createOrganizations(context);
  const foreign = await findInvalid(db);
  await cancelIndexBuild(db, context.release.lists.migrate);

  return { db, foreign };
}

async function findInvalid(db: RecordedDatabase): Promise<readonly string[]> {
  return (await readIndexes(db)).flatMap(({ name, valid }) => (valid ? [] : [name]));
}

/** Migrates, and cancels the first CREATE INDEX CONCURRENTLY, if there is one. */
async function cancelIndexBuild(db: RecordedDatabase, steps: readonly Step[]): Promise<void> {
  const point = { at: "wait", table: "organizations", behind: "snapshot" } as const;
  for (const step of steps) {
    const statement = step.statements.find(isConcurrent);
    if (statement !== undefined) {
      await interruptStep(db, { step, statement, fault: { kind: "cancel", point }, continues: false });
      return;
    }
    await db.apply([step]);
  }
}

interface Index {
  readonly name: string;
  readonly valid: boolean;
  readonly file: string;
}

async function readIndexes(db: RecordedDatabase): Promise<readonly Index[]> {
  const rows = await db.query(INDEXES);

  return rows.map(({ index, usable, file }) => ({
    name: index ?? "",
    valid: usable === "t",
    file: file ?? "",
  }));
}

/** Whether the statement ignores its lock timeout, and its file ends with an invalid index. */
async function checkTimeoutError(context: CreditsContext, queued: QueuedStatement): Promise<Violation | undefined> {
  const { db, foreign } = await migrateToIndex(context);
  const { step, statement } = queued;
  const { error } = await checkLockTimeout(db.database, db.session, {
    ...queued,
    steps: context.release.lists.migrate,
    long: LONG_TRANSACTION,
  });
  if (error !== undefined) return undefined;
  const rest = step.statements.slice(step.statements.indexOf(statement) + 1);
  await apply(db.session, [{ ...step, statements: rest }]);
  const left = (await readIndexes(db)).find(({ name, valid }) => !valid && !foreign.includes(name));

  return (
    left &&
    (await reproduce(context, queued, {
      kind: "gives up without an error",
      expected: "a statement that gives up raises an error, so that its file does not seem to be done",
      got: `${formatStatementPosition(queued)} ends without an error, and ${left.name} is invalid after its file`,
      hint: "Let the error out: the operator must see that the file is not done",
    }))
  );
}

async function reproduce(
  context: CreditsContext,
  queued: QueuedStatement,
  violation: Omit<Violation, "script">,
): Promise<Violation> {
  const { db } = await migrateToIndex(context);
  await applyUpTo(db, context.release.lists.migrate, queued);
  const show = `SHOW lock_timeout;\n${heldLocksSql(queued.statement.text)}`;

  return db.violation({ ...violation, show });
}
