/** Observes what the statements of a rollback lock and wait for, on organizations that were migrated. */
import { Inconclusive } from "../../../harness/errors.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import { getOwnLists, isRollback } from "../../../harness/release/lists.ts";
import type { Release, RollbackName, Step } from "../../../harness/release/release.ts";
import { type Impact, summarizeImpacts } from "../../../harness/tracing/impact.ts";
import { findQueuedStatements, type QueuedStatement } from "../../../harness/tracing/queueing.ts";
import { traceSteps } from "../../../harness/tracing/trace.ts";
import type { CreditsContext } from "../world.ts";
import { createOrganizations, LONG_TRANSACTION, rejectFailed } from "./locking.ts";

/** A statement of a rollback that waited, and what was rolled back before. */
export interface QueuedRollback extends QueuedStatement {
  readonly rollback: RollbackName;
  readonly earlier: readonly RollbackName[];
}

/**
 * The names of the rollbacks of the release.
 * @throws Inconclusive where it has none
 */
export function requireRollbacks(release: Release): readonly RollbackName[] {
  const names = getOwnLists(release).filter(isRollback);
  if (names.length === 0) throw new Inconclusive("release.json has no rollback");

  return names;
}

export function getRollbackSteps({ lists }: Release, rollback: RollbackName): readonly Step[] {
  return lists[rollback] ?? [];
}

/** Organizations that were migrated, and to which the rollbacks were applied. */
export async function createMigrated(
  context: CreditsContext,
  earlier: readonly RollbackName[],
  organizations?: number,
): Promise<RecordedDatabase> {
  const { release } = context;
  const db = await createOrganizations(context, organizations);
  await db.apply(release.lists.migrate);
  for (const rollback of earlier) await db.apply(getRollbackSteps(release, rollback));

  return db;
}

/**
 * The statements of the rollback that wait for a transaction that has read and written both tables: after migrating, and
 * after each rollback.
 */
export async function findRollbackQueues(
  context: CreditsContext,
  rollback: RollbackName,
): Promise<readonly QueuedRollback[]> {
  const { release } = context;
  const found: QueuedRollback[] = [];
  for (const earlier of [[], ...requireRollbacks(release).map((one) => [one])]) {
    const { database } = await createMigrated(context, earlier);
    const queued = await findQueuedStatements(database, getRollbackSteps(release, rollback), LONG_TRANSACTION);
    found.push(...queued.map((one) => ({ ...one, rollback, earlier })));
    await context.endCase();
  }

  return found;
}

/**
 * The locks and effects of each statement of the rollback, at these numbers of organizations.
 * @throws Inconclusive where one of them fails
 */
export async function measureRollbackImpacts(
  context: CreditsContext,
  rollback: RollbackName,
  sizes: readonly number[],
): Promise<readonly Impact[]> {
  const steps = getRollbackSteps(context.release, rollback);
  const runs = sizes.map(async (rows) => {
    const { database } = await createMigrated(context, [], rows);

    return { rows, traced: await traceSteps(database, steps) };
  });
  const impacts = summarizeImpacts(await Promise.all(runs));
  rejectFailed(impacts);

  return impacts;
}
