/** Finds what a rollback does otherwise in another time zone. */
import type { CatalogDifference } from "../../harness/catalog/difference.ts";
import { readSnapshot, type Snapshot } from "../../harness/catalog/snapshot.ts";
import { applyWithin } from "./apply-within.ts";
import type { Finding } from "./finding.ts";
import { type Damage, findDamage } from "./model/kept-rows.ts";
import { describeRollback, differenceDetails } from "./model/rollback-script.ts";
import { dropSame, isOfToday, keepStable } from "./model/stable-differences.ts";
import type { RollbackRun } from "./rollback-runs.ts";
import type { MigrationWorld } from "./world.ts";

/** Half an hour off, so that a shift by whole hours is not mistaken for it, and without daylight saving time. */
const ZONE = "Asia/Kolkata";

/** Only such a text can depend on the time zone. */
const TIMED = /\b(?:time(?:stamp)?(?:tz)?|date|now|interval|current_\w+|localtime\w*|to_char|extract|age)\b/i;

/** @returns a finding for each column of rows that migration and rollback leave with another value in the other zone */
export async function findZoneDependence(run: RollbackRun, world: MigrationWorld): Promise<readonly Finding[]> {
  const { rollback } = run;
  if (!rollback.steps.some(({ source }) => TIMED.test(source))) return [];
  const found = await compare(run, world, ZONE);
  if (found.length === 0) return [];
  const again = listDifferences(await compare(run, world, ZONE));
  const unstable = listDifferences(await compare(run, world));
  const now = Date.now();
  const set = (zone: string) => ({ title: "the time zone of the session", sql: `SET TimeZone = '${zone}';` });

  return found.flatMap(({ subject, differences }): Finding[] => {
    const [first, ...others] = dropSame(keepStable<CatalogDifference>(differences, again), unstable).filter(
      (difference) => !isOfToday(difference, now),
    );
    if (first === undefined) return [];

    return [
      {
        kind: "time-zone-decides",
        subject,
        answer: "error",
        expected: `${describeRollback(rollback.name)} leaves the same rows in each time zone`,
        ...differenceDetails([set(ZONE), world.release.lists.migrate, rollback.steps, set("UTC")], [first, ...others]),
        hint: "Say which time zone is meant: USING column AT TIME ZONE 'UTC'",
      },
    ];
  });
}

/** @param zone undefined for the one of the run itself: what differs then is unstable */
async function compare(run: RollbackRun, world: MigrationWorld, zone?: string): Promise<readonly Damage[]> {
  const { rollback, rows, restored } = run;
  const other = await world.withDatabase(rows, async (db) => {
    const name = db.database.name.replaceAll('"', '""');
    if (zone !== undefined) await db.session.query(`ALTER DATABASE "${name}" SET TimeZone = '${zone}'`);
    for (const steps of [world.release.lists.migrate, rollback.steps]) {
      await db.reconnect();
      await applyWithin(db.session, steps);
    }

    return await readSnapshot(await db.database.observer());
  });

  // The expression of a generated column is immutable: what it shows is the fault of a column that it reads.
  return findDamage(restored, restored, other, listGenerated(restored));
}

function listGenerated({ catalog }: Snapshot): readonly string[] {
  return [...catalog].flatMap(([object, { generated }]) =>
    generated !== undefined && object.startsWith("column ") ? [object.slice("column ".length)] : [],
  );
}

function listDifferences(damage: readonly Damage[]): readonly CatalogDifference[] {
  return damage.flatMap(({ differences }) => differences);
}
