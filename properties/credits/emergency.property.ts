/** Rules R1 to R4, R6 and R8 for the emergency rollback: it restores everything from before the migration. */

import { array, constant, constantFrom } from "fast-check";
import { cancelWheneverBlocked } from "../../harness/fault/observe-session.ts";
import { property, type Violations } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { firstError } from "../../harness/release/apply.ts";
import { simulateUsage, usageCalls } from "./database/simulate-usage.ts";
import { FAILED_ROLLBACK, nothingChanged, readCreditSnapshot, sameCatalog, sameRows } from "./database/snapshot.ts";
import { migrationStates, type RollbackKind, reachState, rollBack, STATE_EXAMPLES } from "./database/states.ts";
import { fullTable, minimalTable, tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

const CATALOG = "the catalog is exactly that of the baseline";
const VALUES = "every value of the baseline is as it was, and every log row that there was";

async function rollsBack(context: CreditsContext, db: RecordedDatabase): Promise<Violations> {
  return db.findError(await rollBack(context, db, "emergency"), "the rollback runs without an error");
}

export const restoresCatalog = property("R1", "the emergency rollback restores the catalog, from every state", {
  caseKind: "migration",
  given: { table: tables(3), state: migrationStates() },
  examples: STATE_EXAMPLES.map((state) => ({ table: minimalTable(), state })),
  async holds({ table, state }, context: CreditsContext) {
    const db = await context.baseline(table);
    const before = await db.catalog();
    await reachState(context, db, state);

    return (await rollsBack(context, db)) ?? (await sameCatalog(db, before, CATALOG));
  },
});

export const restoresValues = property("R2", "the emergency rollback restores every value, from every state", {
  caseKind: "migration",
  given: { table: tables(), state: migrationStates() },
  examples: [
    { table: fullTable(), state: { rows: 5 } },
    ...STATE_EXAMPLES.map((state) => ({ table: minimalTable(), state })),
  ],
  async holds({ table, state }, context: CreditsContext) {
    const db = await context.baseline(table);
    const before = await readCreditSnapshot(db, context.schema);
    await reachState(context, db, state);
    await rollBack(context, db, "emergency");

    return await sameRows(db, before, VALUES, { mayLog: true });
  },
});

export const afterAnyRollback = property("R3", "the emergency rollback works after any other rollback", {
  caseKind: "migration",
  given: {
    table: tables(2),
    before: array(constantFrom<RollbackKind[]>("emergency", "controlled"), { minLength: 1, maxLength: 3 }),
  },
  examples: [
    { table: minimalTable(), before: ["emergency"] },
    { table: minimalTable(), before: ["controlled"] },
  ],
  async holds({ table, before }, context: CreditsContext) {
    const db = await context.baseline(table);
    const baseline = await db.catalog();
    await db.apply(context.release.lists.migrate);
    for (const kind of before) await rollBack(context, db, kind);

    return (await rollsBack(context, db)) ?? (await sameCatalog(db, baseline, CATALOG));
  },
});

const DEPENDENTS = [
  "CREATE VIEW plumbline_mine AS SELECT id, ai_credits FROM organizations",
  "CREATE VIEW plumbline_mine AS SELECT id, sms_used_credits - sms_credits AS over FROM organizations",
  "CREATE MATERIALIZED VIEW plumbline_mine AS SELECT sum(email_credits) FROM organizations",
  "CREATE VIEW plumbline_mine AS SELECT get_available_credits(id, 'ai') FROM organizations",
  "CREATE VIEW plumbline_mine AS SELECT o FROM organizations AS o",
];

/** @param roll rolls back, and says whether it failed */
async function allOrNothing(
  context: CreditsContext,
  db: RecordedDatabase,
  roll: () => Promise<boolean>,
): Promise<Violations> {
  const before = await readCreditSnapshot(db, context.schema);

  return (await roll()) ? await nothingChanged(db, before, FAILED_ROLLBACK) : undefined;
}

export const failedRollback = property("R4", "a failed emergency rollback has changed nothing", {
  caseKind: "migration",
  given: { table: tables(2), dependent: constantFrom(...DEPENDENTS) },
  async holds({ table, dependent }, context: CreditsContext) {
    const db = await context.migrate(table);
    await db.prepare("a view of the user's", dependent);

    return await allOrNothing(
      context,
      db,
      async () => firstError(await rollBack(context, db, "emergency")) !== undefined,
    );
  },
});

export const lockedRollback = property("R4-lock", "without its lock, the rollback changes nothing", {
  caseKind: "once",
  given: { table: constant({ accounts: [], extras: [] }) },
  async holds({ table }, context: CreditsContext) {
    const db = await context.migrate(table);
    await using other = await db.database.connect();
    await using observer = await db.database.connect();
    await other.query("BEGIN; LOCK TABLE organizations IN ACCESS SHARE MODE");
    // The timeout of the release itself is for rule L4.
    await db.attempt(
      "first, in another psql: BEGIN; LOCK TABLE organizations IN ACCESS SHARE MODE; and here, a limit for the wait",
      "SET lock_timeout = '200ms'",
    );
    const { pid } = db.session;

    return await allOrNothing(context, db, async () => {
      const rolling = rollBack(context, db, "emergency");
      const failed = firstError(await cancelWheneverBlocked(observer, pid, rolling)) !== undefined;
      await other.query("ROLLBACK");

      return failed;
    });
  },
});

export const repeatedMigration = property(
  "R6-emergency",
  "migrating after an emergency rollback works as the first time",
  {
    caseKind: "migration",
    given: { table: tables(3) },
    async holds({ table }, context: CreditsContext) {
      const db = await context.migrate(table);
      const first = await db.catalog();
      await rollBack(context, db, "emergency");

      return (
        db.findError(await db.apply(context.release.lists.migrate), "migrating again runs without an error") ??
        (await sameCatalog(db, first, "the catalog is that of a first migration"))
      );
    },
  },
);

export const undoneAfterUse = property(
  "R8-emergency",
  "after usage, too, the emergency rollback restores the baseline",
  {
    caseKind: "migration",
    given: { table: tables(3), calls: usageCalls() },
    async holds({ table, calls }, context: CreditsContext) {
      const db = await context.baseline(table);
      const before = await readCreditSnapshot(db, context.schema);
      await db.apply(context.release.lists.migrate);
      await simulateUsage(db, table.accounts, calls);

      return (
        (await rollsBack(context, db)) ??
        (await sameCatalog(db, before.catalog, CATALOG)) ??
        (await sameRows(db, before, VALUES, { mayLog: true }))
      );
    },
  },
);
