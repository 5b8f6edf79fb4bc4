/** Runs a rollback after the schema that the migration made has been used. */
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import { queryJsonOn } from "../../harness/database/pinned-settings.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { loadParser } from "../../harness/release/parser.ts";
import type { Release } from "../../harness/release/release.ts";
import { fillDatabase } from "../../harness/rows/fill-database.ts";
import { formatInserts } from "../../harness/rows/insert-script.ts";
import { readSchema } from "../../harness/rows/read-schema.ts";
import { planRows, type RowPlan } from "../../harness/rows/row-plan.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import { toExistingRows } from "./model/existing-rows.ts";
import { findNewUses, type NewUse } from "./model/new-uses.ts";
import type { GeneratedRows } from "./observation.ts";
import type { Rollback } from "./rollback-runs.ts";
import type { MigrationWorld } from "./world.ts";

export interface UsedRun {
  /** Those whose rows the new schema accepted. */
  readonly uses: readonly NewUse[];
  /** The rows as INSERT statements. */
  readonly inserts: string;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly used: Snapshot;
  readonly failure?: Failure;
  readonly restored: Snapshot;
}

/** What of the new schema can be used. */
export async function listNewUses(world: MigrationWorld): Promise<readonly NewUse[]> {
  const [parser, schemas] = await Promise.all([loadParser(), world.schemas()]);

  return schemas === undefined ? [] : findNewUses(schemas.before, planRows(schemas.after, parser), parser, world.seed);
}

/** Applies the migration to the rows, inserts rows that use it, and rolls back. */
export async function runAfterUse(
  world: MigrationWorld,
  rollback: Rollback,
  rows: GeneratedRows,
  uses: readonly NewUse[],
): Promise<UsedRun> {
  return await world.withDatabase(rows, async (db) => await useAndRollBack(db, world.release, rollback, uses));
}

async function useAndRollBack(
  db: RecordedDatabase,
  { lists }: Release,
  rollback: Rollback,
  uses: readonly NewUse[],
): Promise<UsedRun> {
  const observer = await db.database.observer();
  const before = await readSnapshot(observer);
  await applyWithin(db.session, lists.migrate);
  const after = await readSnapshot(observer);
  await db.reconnect();
  const plan = await planNow(db);
  const accepted: NewUse[] = [];
  const inserts: string[] = [];
  let used = after;
  for (const use of uses) {
    const filled = await fillDatabase(db.session, plan, use.dataset, { existing: toExistingRows(used) });
    used = await readSnapshot(observer);
    if (filled.every(({ of, rejected }) => of.key !== use.table || rejected.length === 0)) accepted.push(use);
    inserts.push(formatInserts(filled));
  }
  await db.reconnect();
  const { failure } = await applyWithin(db.session, rollback.steps);
  const restored = await readSnapshot(observer);

  return {
    ...{ uses: accepted, inserts: inserts.join("\n"), before, after, used, restored },
    ...(failure && { failure }),
  };
}

/** What rows the schema as it is accepts. */
export async function planNow({ database }: RecordedDatabase): Promise<RowPlan> {
  return planRows(await readSchema(queryJsonOn(await database.observer())), await loadParser());
}
