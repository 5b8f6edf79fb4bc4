/** Finds what a rollback does otherwise in another time zone. */
import type { CatalogDifference } from "../../harness/catalog/difference.ts";
import { readSnapshot } from "../../harness/catalog/snapshot.ts";
import { applyWithin } from "./apply-within.ts";
import type { Finding } from "./finding.ts";
import { type Damage, findDamage } from "./model/kept-rows.ts";
import { describeRollback, differenceDetails } from "./model/rollback-script.ts";
import { keepStable } from "./model/stable-differences.ts";
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
  const found = await compare(run, world);
  if (found.length === 0) return [];
  const again = (await compare(run, world)).flatMap(({ differences }) => differences);
  const set = (zone: string) => ({ title: "the time zone of the session", sql: `SET TimeZone = '${zone}';` });

  return found.flatMap(({ subject, differences }): Finding[] => {
    const [first, ...others] = keepStable<CatalogDifference>(differences, again);
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

async function compare({ rollback, rows, restored }: RollbackRun, world: MigrationWorld): Promise<readonly Damage[]> {
  const db = await world.open(rows);
  const name = db.database.name.replaceAll('"', '""');
  await db.session.query(`ALTER DATABASE "${name}" SET TimeZone = '${ZONE}'`);
  for (const steps of [world.release.lists.migrate, rollback.steps]) {
    await db.reconnect();
    await applyWithin(db.session, steps);
  }

  const other = await readSnapshot(await db.database.observer());
  await world.drop(db);

  return findDamage(restored, restored, other);
}
