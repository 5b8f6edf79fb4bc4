/**
 * The locks of a release on generated organizations: traced once for all rules that ask, for neither the organizations
 * nor the statements depend on a seed.
 */
import { Inconclusive } from "../../../harness/errors.ts";
import { describeFailedStatement } from "../../../harness/release/apply.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import type { Release } from "../../../harness/release/release.ts";
import { type Impact, summarizeImpacts } from "../../../harness/tracing/impact.ts";
import { findQueuedStatements, type QueuedStatement } from "../../../harness/tracing/queueing.ts";
import { traceSteps } from "../../../harness/tracing/trace.ts";
import { organizationId } from "../model/arbitraries.ts";
import type { CreditsContext } from "../world.ts";
import { literal } from "./sql.ts";

/** Organizations at which the counts are compared: more than any batch should hold. */
export const SIZES = [200, 600, 1800] as const;

/** Where somebody waits: few are enough. */
const FEW = 3;

/** The last organization, so that the data migration meets it with others in hand. */
export const LONG_TRANSACTION: readonly string[] = [
  "SELECT count(*) FROM organizations, credit_actions",
  `UPDATE organizations SET name = name WHERE id = ${literal(organizationId(FEW - 1))}`,
  `INSERT INTO credit_actions (organization_id, action_type) VALUES (${literal(organizationId(FEW - 1))}, 'purchase')`,
];

const impacts = new WeakMap<Release, Promise<readonly Impact[]>>();
const queues = new WeakMap<Release, Promise<readonly QueuedStatement[]>>();

/**
 * What each statement of migrating does at three sizes.
 * @throws Inconclusive where one of them is refused
 */
export async function measureMigrationImpacts(world: CreditsContext): Promise<readonly Impact[]> {
  return await once(impacts, world.release, async () => {
    const runs = SIZES.map(async (rows) => {
      const stage = await createOrganizations(world, rows);
      return { rows, traced: await traceSteps(stage.database, world.release.migrate) };
    });
    const found = summarizeImpacts(await Promise.all(runs));
    for (const { step, statement, error: refusal } of found) {
      if (refusal !== undefined) {
        throw new Inconclusive(
          `what a statement locks cannot be seen: ${describeFailedStatement({ step, statement, error: refusal })}`,
          { blocked: true },
        );
      }
    }

    return found;
  });
}

/** The statements of migrating that wait for a transaction that has read and written both tables. */
export async function findMigrationQueues(world: CreditsContext): Promise<readonly QueuedStatement[]> {
  return await once(queues, world.release, async () => {
    const stage = await createOrganizations(world, FEW);
    return await findQueuedStatements(stage.database, world.release.migrate, LONG_TRANSACTION);
  });
}

/** A baseline database with so many organizations, each with a row in the log. */
export async function createOrganizations(world: CreditsContext, count: number = FEW): Promise<Stage> {
  const stage = await world.baseline({ accounts: [] });
  await stage.prepare(
    `${count.toLocaleString("en-US")} organizations`,
    `INSERT INTO organizations (id, name, plan_name, total_credits, created_at)
SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Organization ' || n, 'custom', 1000,
  TIMESTAMPTZ '2025-10-12 18:56:00+00' + n * INTERVAL '1 min'
FROM generate_series(1, ${count}) AS n`,
  );
  await stage.prepare(
    "a log row for each",
    "INSERT INTO credit_actions (organization_id, action_type) SELECT id, 'purchase' FROM organizations",
  );

  return stage;
}

/**
 * The statement, and what it holds when it is done. What the script counted before is handed in first: PostgreSQL 14
 * cannot be asked to, and does it by itself when half a second has passed.
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

async function once<Found>(
  known: WeakMap<Release, Promise<Found>>,
  release: Release,
  find: () => Promise<Found>,
): Promise<Found> {
  const finding = known.get(release) ?? find();
  known.set(release, finding);

  return await finding;
}
