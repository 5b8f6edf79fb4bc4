/** Rules L1 to L3: what each statement of migrating locks, for how long, and what it waits for. */
import { property, question } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import {
  ADVICE,
  adviseOn,
  formatBlockingLock,
  formatImpact,
  formatWait,
} from "../../harness/tracing/describe-locks.ts";
import { findBlockingLocks } from "../../harness/tracing/impact.ts";
import { checkRerun, waitsWithoutLimit } from "../../harness/tracing/lock-timeout-check.ts";
import type { QueuedStatement } from "../../harness/tracing/queueing.ts";
import { lockEvidence, waitEvidence } from "./database/evidence.ts";
import { type LockProblem, lockViolations } from "./database/lock-violations.ts";
import {
  applyUpTo,
  createOrganizations,
  findMigrationQueues,
  heldLocksSql,
  LONG_TRANSACTION,
  measureMigrationImpacts,
  SIZES,
  tracedTable,
} from "./database/locking.ts";
import type { CreditsContext } from "./world.ts";

export const rewritesNothing = property("L1", "no statement of migrating rewrites a table", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const impacts = await measureMigrationImpacts(context);
    const problems = impacts.flatMap((impact) =>
      impact.rewrites.map((table) => ({
        kind: "rewrite",
        at: impact,
        description: `${table} is rewritten`,
        advice: ADVICE.rewrite,
      })),
    );

    return await lockViolations(problems, {
      expected: "no table has other files after a statement than before",
      open: ({ at }) => openBefore(context, at),
      show: ({ text }) => `SELECT pg_relation_filenode('organizations') AS before;
BEGIN;
${text};
SELECT pg_relation_filenode('organizations') AS after;
ROLLBACK`,
    });
  },
});

export const blocksBriefly = property("L2", "no blocking lock is held for a time that grows with the rows", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const impacts = await measureMigrationImpacts(context);
    const problems = impacts.flatMap((impact) =>
      findBlockingLocks(impact, tracedTable(context))
        .filter(({ grows }) => grows)
        .map((blocking) => ({
          kind: `${blocking.lock.mode.toLowerCase().replaceAll(" ", "-")}-grows`,
          at: impact,
          description: formatBlockingLock(blocking),
          advice: adviseOn(impact, blocking),
          ...lockEvidence(blocking.lock),
        })),
    );

    return await lockViolations(problems, {
      expected: "a statement that reads or writes each row does not block reads and writes",
      open: ({ at }) => openBefore(context, at, Math.max(...SIZES)),
      show: ({ text }) => heldLocksSql(text),
    });
  },
});

export const stopsWaiting = property("L3", "no statement of migrating waits for its lock without limit", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const queued = (await findMigrationQueues(context)).filter(({ blocking }) => blocking.length > 0);
    const endless = queued.filter(waitsWithoutLimit);
    const problems =
      endless.length > 0
        ? endless.map((one) => ({
            kind: "no-lock-timeout",
            at: one,
            description: formatWait(one),
            advice: ADVICE.timeout,
            ...waitEvidence(one),
          }))
        : await findTimeoutProblems(context, queued);

    return await lockViolations(problems, {
      expected: "each statement gives up after a stated lock timeout, and its file can be run again",
      open: ({ at }) => openBefore(context, at),
      show: ({ text }) => `SHOW lock_timeout;\n${heldLocksSql(text)}`,
    });
  },
});

export const lockReport = question(
  "L0",
  "What does each statement of migrating lock?",
  async (context: CreditsContext) => {
    const impacts = await measureMigrationImpacts(context);
    const queued = await findMigrationQueues(context);
    const lines = impacts.flatMap((impact) => {
      const wait = queued.find(({ statement }) => statement === impact.statement);
      return formatImpact(impact, wait) ?? [];
    });
    const blocking = impacts.map((impact) => findBlockingLocks(impact, tracedTable(context)));
    const figures = {
      statements: impacts.length,
      locking: lines.length,
      stopping: blocking.filter((found) => found.length > 0).length,
      growing: blocking.filter((found) => found.some(({ grows }) => grows)).length,
      waiting: queued.length,
    };

    return {
      answer: `of ${figures.statements} statements ${figures.locking} lock a table that was there before, ${figures.stopping} block reads or writes, ${figures.growing} of them for a time that grows with the rows`,
      figures,
      lines,
    };
  },
);

/** A database that was migrated up to the statement. */
async function openBefore(
  context: CreditsContext,
  at: LockProblem["at"],
  organizations?: number,
): Promise<RecordedDatabase> {
  const db = await createOrganizations(context, organizations);
  await applyUpTo(db, context.release.lists.migrate, at);

  return db;
}

/** Statements with a timeout that do not give up, or whose file cannot be run again. */
async function findTimeoutProblems(
  context: CreditsContext,
  queued: readonly QueuedStatement[],
): Promise<readonly LockProblem[]> {
  const problems = queued.map(async (one): Promise<readonly LockProblem[]> => {
    const { database } = await createOrganizations(context);
    const { ended, rerunError } = await checkRerun(database, {
      ...one,
      steps: context.release.lists.migrate,
      long: LONG_TRANSACTION,
    });

    return [
      ...(ended
        ? []
        : [{ kind: "does-not-give-up", at: one, description: "it does not give up", advice: ADVICE.timeout }]),
      ...(rerunError === undefined
        ? []
        : [
            {
              kind: "cannot-be-repeated",
              at: one,
              description: `run again: ${describeFailedStatement(rerunError)}`,
              advice: ADVICE.repeat,
            },
          ]),
    ];
  });

  return (await Promise.all(problems)).flat();
}
