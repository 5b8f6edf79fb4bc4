/**
 * Traces the locks of a release on generated organizations, once for all rules: neither the organizations nor the
 * statements depend on a seed.
 */
import { Inconclusive, LimitError } from "../../../harness/errors.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import { describeFailedStatement } from "../../../harness/release/apply.ts";
import type { Release, Statement, Step } from "../../../harness/release/release.ts";
import { type Impact, summarizeImpacts } from "../../../harness/tracing/impact.ts";
import { findQueuedStatements, type QueuedStatement } from "../../../harness/tracing/queueing.ts";
import { traceSteps } from "../../../harness/tracing/trace.ts";
import { nthId } from "../model/model.ts";
import type { CreditsContext } from "../world.ts";
import { once } from "./once.ts";
import { generateOrganizations, literal } from "./sql.ts";

/** Numbers of organizations whose counts are compared: more than any batch should hold. */
export const SIZES = [200, 600, 1800] as const;

/** How a trace names organizations: with its schema, unless that is public. */
export function tracedTable({ schema: { namespace, tables } }: CreditsContext): string {
  return namespace === "public" ? "organizations" : tables.organizations;
}

/** Enough organizations for a wait. */
const FEW = 3;

/** A log row of an organization as each release writes one: no table refuses it that a release is right on. */
const LOGGED = `INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)
SELECT id, 'ai_consumption', 1, 'Consumed 1 ai credits', NOW() FROM organizations`;

/** Holds the last organization, so that the data migration has locked others when it waits. */
export const LONG_TRANSACTION: readonly string[] = [
  "SELECT count(*) FROM organizations, credit_actions",
  `UPDATE organizations SET plan_name = plan_name WHERE id = ${literal(nthId(FEW - 1))}`,
  `${LOGGED} WHERE id = ${literal(nthId(FEW - 1))}`,
];

const impacts = new WeakMap<Release, Promise<readonly Impact[]>>();
const queues = new WeakMap<Release, Promise<readonly QueuedStatement[]>>();

/**
 * The locks and effects of each statement of migrating, at three sizes.
 * @throws Inconclusive where one of them fails, or does not end
 */
export async function measureMigrationImpacts(context: CreditsContext): Promise<readonly Impact[]> {
  return await once(impacts, context.release, async () => {
    const runs = SIZES.map(async (rows) => {
      const db = await createOrganizations(context, rows);
      return { rows, traced: await traceSteps(db.database, context.release.lists.migrate) };
    });
    const found = summarizeImpacts(await Promise.all(runs).catch(rejectEndless));
    rejectFailed(found);

    return found;
  });
}

const UNSEEN = "what a statement locks cannot be seen";

/** @throws Inconclusive where a statement did not end in time, which triggers of the user may keep it from */
function rejectEndless(thrown: unknown): never {
  throw thrown instanceof LimitError ? new Inconclusive(`${UNSEEN}: ${thrown.message}`, { blocked: true }) : thrown;
}

/** @throws Inconclusive where a statement failed: what it locks is not known */
export function rejectFailed(impacts: readonly Impact[]): void {
  for (const { step, statement, error } of impacts) {
    if (error !== undefined) {
      throw new Inconclusive(`${UNSEEN}: ${describeFailedStatement({ step, statement, error })}`, { blocked: true });
    }
  }
}

/** The statements of migrating that wait for a transaction that has read and written both tables. */
export async function findMigrationQueues(context: CreditsContext): Promise<readonly QueuedStatement[]> {
  return await once(queues, context.release, async () => {
    const { database } = await createOrganizations(context);

    return await findQueuedStatements(database, context.release.lists.migrate, LONG_TRANSACTION);
  });
}

/** A baseline database with so many organizations, each with a row in the log. */
export async function createOrganizations(context: CreditsContext, count: number = FEW): Promise<RecordedDatabase> {
  const db = await context.baseline({ accounts: [] });
  await db.prepare(`${count.toLocaleString("en-US")} organizations`, generateOrganizations(count, {}, context.schema));
  await db.prepare("a log row for each", LOGGED);

  return db;
}

/** Applies the steps up to the statement, which is not sent. */
export async function applyUpTo(
  db: RecordedDatabase,
  steps: readonly Step[],
  { step, statement }: { readonly step: Step; readonly statement: Statement },
): Promise<void> {
  await db.apply(steps.slice(0, steps.indexOf(step)));
  const earlier = step.statements.slice(0, step.statements.indexOf(statement));
  if (earlier.length > 0) await db.applyFirst(step, earlier);
}

/**
 * Sends the statement, and selects the locks that it holds at its end. The script's earlier counts are flushed first
 * (pg_stat_force_next_flush); PostgreSQL 14 lacks that function, and flushes after half a second.
 */
export function heldLocksSql(sql: string): string {
  return `DO $$ BEGIN
    PERFORM pg_stat_force_next_flush();
EXCEPTION WHEN undefined_function THEN
    PERFORM pg_sleep(0.6);
END $$;
BEGIN;
${sql};
SELECT mode, pg_stat_get_xact_tuples_returned(relation) AS rows_read, pg_stat_get_xact_tuples_updated(relation) AS rows_locked
FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'organizations'::regclass;
ROLLBACK`;
}
