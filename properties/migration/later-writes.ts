/** Runs a repeatable migration again after rows were written to the schema that it left. */
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import { getBaselineSteps } from "../../harness/release/recipes.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { fillDatabase } from "../../harness/rows/fill-database.ts";
import { formatInserts } from "../../harness/rows/insert-script.ts";
import { applyWithin, type Failure } from "./apply-within.ts";
import { toExistingRows } from "./model/existing-rows.ts";
import { type Damage, findDamage } from "./model/kept-rows.ts";
import { withoutRows } from "./model/without-rows.ts";
import type { GeneratedRows } from "./observation.ts";
import { mildDatasets } from "./row-sets.ts";
import { planNow } from "./use-new-schema.ts";
import type { MigrationWorld } from "./world.ts";

export interface LaterWrites {
  /** The rows that were written. */
  readonly part: ScriptPart;
  /** What the second run did to them. */
  readonly damage: readonly Damage[];
  /** Of the second run. */
  readonly failure?: Failure;
}

/** @returns undefined where no row can be written */
export async function runAfterWrites(world: MigrationWorld, rows: GeneratedRows): Promise<LaterWrites | undefined> {
  const { migrate } = world.release.lists;
  const trials = await world.trials();

  return await world.withDatabase(rows, async (db) => {
    const observer = await db.database.observer();
    const baseline = getBaselineSteps(world.release);
    await applyWithin(db.session, migrate, baseline);
    await db.reconnect();
    const after = await readSnapshot(observer);
    const plan = await planNow(db);
    const [dataset = {}] = mildDatasets(trials, { plan, assumptions: [] }, world.seed);
    const filled = await fillDatabase(db.session, plan, dataset, { existing: toExistingRows(after) });
    if (filled.every(({ accepted }) => accepted.length === 0)) return undefined;
    const written = await readSnapshot(observer);
    await db.reconnect();
    const { failure } = await applyWithin(db.session, migrate, [...baseline, ...migrate]);

    return {
      part: { title: "rows that are written after it", sql: formatInserts(filled) },
      damage: findWrittenOver(withoutRows(written, after), await readSnapshot(observer)),
      ...(failure && { failure }),
    };
  });
}

/** Rows that are gone, and values that are others: what was NULL may be filled. */
function findWrittenOver(written: Snapshot, final: Snapshot): readonly Damage[] {
  return findDamage(written, written, final).flatMap(({ differences, ...damage }) => {
    const lost = differences.filter(({ before }) => before !== null);

    return lost.length === 0 ? [] : [{ ...damage, differences: lost }];
  });
}
