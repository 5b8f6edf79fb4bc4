/** Runs the rollbacks of a release after its migration, and the migration again after each. */
import type { Catalog } from "../../harness/catalog/build-catalog.ts";
import { observeCatalog } from "../../harness/catalog/facts.ts";
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { AppliedStatement } from "../../harness/release/apply.ts";
import type { Release, RollbackName, Step } from "../../harness/release/release.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import type { GeneratedRows, MigrationObservation } from "./observation.ts";
import type { MigrationWorld } from "./world.ts";

export interface Rollback {
  readonly name: RollbackName;
  readonly steps: readonly Step[];
  /** Whether it is expected to restore what was before the migration. */
  readonly restores: boolean;
}

export interface RollbackRun {
  readonly rollback: Rollback;
  /** The rows that were there before the migration. */
  readonly rows: GeneratedRows;
  /** After the migration. */
  readonly migrated: Snapshot;
  readonly applied: readonly AppliedStatement[];
  readonly failure?: Failure;
  readonly restored: Snapshot;
  /** The migration again, unless the rollback failed. */
  readonly again?: { readonly failure?: Failure; readonly catalog: Catalog };
}

/** Statements that a file may hold which is there only because its tool wants one. */
const IDLE = /^(?:TransactionStmt|VariableSetStmt)$/;

/** The rollbacks that do something, by the order of their lists. */
export function listRollbacks({ lists, restores = {} }: Release): readonly Rollback[] {
  const names = Object.keys(lists).filter((name): name is RollbackName => name.startsWith("rollback."));

  return names.flatMap((name) => {
    const steps = lists[name] ?? [];

    return isIdle(steps) ? [] : [{ name, steps, restores: restores[name] !== false }];
  });
}

/** Whether nothing is done but settings, transactions and queries such as `SELECT 1`. */
export function isIdle(steps: readonly Step[]): boolean {
  return steps.every(({ statements }) =>
    statements.every(
      ({ kind, node, text }) =>
        kind === "meta" || IDLE.test(node) || /^SELECT\s+(?:\d+|'[^']*'|NULL|TRUE)\s*$/i.test(text),
    ),
  );
}

const known = new WeakMap<MigrationObservation, Promise<readonly RollbackRun[]>>();

/** Runs each rollback on the rows of the observation, in a database of its own; once for all rules. */
export async function runRollbacks(
  world: MigrationWorld,
  observation: MigrationObservation,
): Promise<readonly RollbackRun[]> {
  const runs = known.get(observation) ?? runEach(world, observation);
  known.set(observation, runs);

  return await runs;
}

async function runEach(world: MigrationWorld, observation: MigrationObservation): Promise<readonly RollbackRun[]> {
  const { rows, after } = observation;
  const runs: RollbackRun[] = [];
  for (const rollback of listRollbacks(world.release)) {
    // The first one continues in the database that was observed: that saves half of the time.
    const db = world.takeMigrated(observation);
    if (db === undefined) runs.push(await runRollback(world, rollback, rows));
    else {
      runs.push(await rollBack(world, rollback, rows, db, after));
      await db.database[Symbol.asyncDispose]();
    }
  }

  return runs;
}

/** Runs a rollback after the migration of these rows, in a database of its own. */
export async function runRollback(
  world: MigrationWorld,
  rollback: Rollback,
  rows: GeneratedRows,
): Promise<RollbackRun> {
  return await world.withDatabase(rows, async (db) => {
    await applyWithin(db.session, world.release.lists.migrate);

    return await rollBack(world, rollback, rows, db, await readSnapshot(await db.database.observer()));
  });
}

async function rollBack(
  world: MigrationWorld,
  rollback: Rollback,
  rows: GeneratedRows,
  db: RecordedDatabase,
  migrated: Snapshot,
): Promise<RollbackRun> {
  // A tool applies each in a session of its own.
  await db.reconnect();
  const { applied, failure } = await applyWithin(db.session, rollback.steps);
  const restored = await readSnapshot(await db.database.observer());
  if (failure !== undefined) return { rollback, rows, migrated, applied, failure, restored };
  await db.reconnect();
  const { migrate } = world.release.lists;
  const again = await applyWithin(db.session, migrate, [...migrate, ...rollback.steps]);

  return {
    ...{ rollback, rows, migrated, applied, restored },
    again: {
      ...(again.failure && { failure: again.failure }),
      catalog: await observeCatalog(await db.database.observer()),
    },
  };
}
