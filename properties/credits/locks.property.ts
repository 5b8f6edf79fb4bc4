/**
 * Rules L1 to L3: what each statement of migrating locks, for how long, and what it waits for.
 */
import { property, question } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import {
  ADVICE,
  adviseOn,
  formatBlockingLock,
  formatImpact,
  formatStatementPosition,
  formatWait,
} from "../../harness/tracing/describe-locks.ts";
import { findBlockingLocks } from "../../harness/tracing/impact.ts";
import { checkRerun } from "../../harness/tracing/lock-timeout-check.ts";
import type { QueuedStatement } from "../../harness/tracing/queueing.ts";
import {
  createOrganizations,
  findMigrationQueues,
  heldLocksSql,
  LONG_TRANSACTION,
  measureMigrationImpacts,
  SIZES,
} from "./database/locking.ts";
import type { CreditsContext } from "./world.ts";

const TABLE = "organizations";

/** A statement of the release. */
interface Place {
  readonly step: Step;
  readonly statement: Statement;
}

/** What is wrong with a statement, and the safer way. */
interface Complaint {
  readonly place: Place;
  readonly told: string;
  readonly advice: string;
}

export const rewritesNothing = property("L1", "no statement of migrating rewrites a table", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const impacts = await measureMigrationImpacts(context);
    const complaints = impacts.flatMap((impact) =>
      impact.rewrites.map((table) => ({
        place: impact,
        told: `${table} is rewritten`,
        advice: ADVICE.rewrite,
      })),
    );

    return await violationOf(context, complaints, {
      expected: "no table has other files after a statement than before",
      shows: ({ text }) => `SELECT pg_relation_filenode('${TABLE}') AS before;
BEGIN;
${text};
SELECT pg_relation_filenode('${TABLE}') AS after;
ROLLBACK`,
    });
  },
});

export const blocksBriefly = property(
  "L2",
  "no statement of migrating holds a lock that stops reads or writes of organizations for a time that grows with its rows",
  {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      const impacts = await measureMigrationImpacts(context);
      const complaints = impacts.flatMap((impact) =>
        findBlockingLocks(impact, TABLE)
          .filter(({ grows }) => grows)
          .map((obstruction) => ({
            place: impact,
            told: formatBlockingLock(obstruction),
            advice: adviseOn(impact, obstruction),
          })),
      );

      return await violationOf(context, complaints, {
        expected: "whatever reads or writes each row lets reads and writes go on",
        organizations: Math.max(...SIZES),
        shows: ({ text }) => heldLocksSql(text),
      });
    },
  },
);

export const stopsWaiting = property(
  "L3",
  "no statement of migrating queues behind a long transaction for ever while everyone queues behind it",
  {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      const queued = (await findMigrationQueues(context)).filter(
        ({ blocking: stopping }) => stopping.length > 0,
      );
      const endless = queued.filter(({ lockTimeoutMs }) => lockTimeoutMs === 0);
      const complaints =
        endless.length > 0
          ? endless.map((one) => ({ place: one, told: formatWait(one), advice: ADVICE.timeout }))
          : await insteadOfGivingUp(context, queued);

      return await violationOf(context, complaints, {
        expected: "each statement gives up after a stated lock timeout, and its file can be run again",
        shows: ({ text }) => `SHOW lock_timeout;\n${heldLocksSql(text)}`,
      });
    },
  },
);

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
    const obstructions = impacts.map((impact) => findBlockingLocks(impact, TABLE));
    const figures = {
      statements: impacts.length,
      locking: lines.length,
      stopping: obstructions.filter((found) => found.length > 0).length,
      growing: obstructions.filter((found) => found.some(({ grows }) => grows)).length,
      waiting: queued.length,
    };

    return {
      answer: `of ${figures.statements} statements ${figures.locking} lock a table that was there before, ${figures.stopping} stop somebody, ${figures.growing} of them for a time that grows with the rows`,
      figures,
      lines,
    };
  },
);

/** Where everything that waits has a timeout: what does not really give up, or cannot be run again. */
async function insteadOfGivingUp(
  context: CreditsContext,
  queued: readonly QueuedStatement[],
): Promise<readonly Complaint[]> {
  const complaints = queued.map(async (one): Promise<readonly Complaint[]> => {
    const { database } = await createOrganizations(context);
    const { ended, rerunError: again } = await checkRerun(database, {
      ...one,
      steps: context.release.migrate,
      long: LONG_TRANSACTION,
    });

    return [
      ...(ended ? [] : [{ place: one, told: "it does not give up", advice: ADVICE.timeout }]),
      ...(again === undefined
        ? []
        : [{ place: one, told: `run again: ${describeFailedStatement(again)}`, advice: ADVICE.repeat }]),
    ];
  });

  return (await Promise.all(complaints)).flat();
}

interface Wanted {
  readonly expected: string;
  /** Organizations in the script; a few, if it does not matter. */
  readonly organizations?: number;
  readonly shows: (statement: Statement) => string;
}

/** All complaints, and the first of them shown from the beginning. */
async function violationOf(
  context: CreditsContext,
  complaints: readonly Complaint[],
  { expected, organizations, shows }: Wanted,
): Promise<Violation | undefined> {
  const [first] = complaints;
  if (first === undefined) {
    return undefined;
  }
  const db = await createOrganizations(context, organizations);
  const { step, statement } = first.place;
  await db.apply(context.release.migrate.slice(0, context.release.migrate.indexOf(step)));
  const earlier = step.statements.slice(0, step.statements.indexOf(statement));
  if (earlier.length > 0) {
    await db.applyFirst(step, earlier);
  }

  return db.violation({
    expected,
    got: listed(complaints),
    show: shows(statement),
    hint: [...new Set(complaints.map(({ advice }) => advice))].join("; "),
  });
}

/** Each complaint once, with all the statements that it is about. */
function listed(complaints: readonly Complaint[]): string {
  const kinds = [...new Set(complaints.map(({ told: what }) => what))];
  const placesOf = (kind: string) =>
    complaints.filter(({ told: what }) => what === kind).map(({ place }) => place);

  return kinds.map((kind) => `${placesOf(kind).map(formatStatementPosition).join(", ")}: ${kind}`).join(". ");
}
