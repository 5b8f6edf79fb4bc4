/** Runs a migration and its rollback otherwise: under other settings, or by another role. */
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import type { GeneratedRows, MigrationObservation } from "./observation.ts";
import type { Rollback } from "./rollback-runs.ts";
import type { MigrationWorld } from "./world.ts";

/** What a script does before the migration and after it. */
export interface Circumstance {
  readonly opening: ScriptPart;
  readonly closing: ScriptPart;
}

/** Makes the session such that what follows runs otherwise; undefined if that cannot be. */
export type Enter<Entered extends Circumstance> = (
  db: RecordedDatabase,
  before?: Entered,
) => Promise<Entered | undefined>;

export interface OtherRun<Entered extends Circumstance> {
  readonly circumstance: Entered;
  readonly migrated: Snapshot;
  /** Of the migration; then the rollback was not run. */
  readonly failure?: Failure;
  readonly down?: { readonly rollback: Rollback; readonly restored: Snapshot; readonly failure?: Failure };
}

/** @returns undefined if the circumstance cannot be */
export async function runOtherwise<Entered extends Circumstance>(
  world: MigrationWorld,
  rows: GeneratedRows,
  enter: Enter<Entered>,
  rollback?: Rollback,
): Promise<OtherRun<Entered> | undefined> {
  return await world.withDatabase(rows, async (db) => {
    const circumstance = await enter(db);
    if (circumstance === undefined) return undefined;
    const { failure } = await applyWithin(db.session, world.release.lists.migrate);
    const migrated = await readSnapshot(await db.database.observer());
    if (failure !== undefined) return { circumstance, migrated, failure };
    if (rollback === undefined) return { circumstance, migrated };
    await db.reconnect();
    await enter(db, circumstance);
    const back = await applyWithin(db.session, rollback.steps);
    const restored = await readSnapshot(await db.database.observer());

    return { circumstance, migrated, down: { rollback, restored, ...(back.failure && { failure: back.failure }) } };
  });
}

/** What a second run like that of an observation leaves. */
export async function repeat(world: MigrationWorld, observation: MigrationObservation): Promise<Snapshot> {
  const isMain = observation === (await world.observe());

  return (isMain ? await world.twin() : await world.observeOn(observation.rows)).after;
}
