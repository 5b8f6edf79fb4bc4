/** Rule R7: what the rollback verification says of the three states that a database can be in. */
import { property } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { simulateUsage, usageCalls } from "./database/simulate-usage.ts";
import { rollBack } from "./database/states.ts";
import { tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

const STATES = ["migrated", "controlled", "emergency"] as const;

/** A database in one of the states, with the same rows. */
async function inState(
  context: CreditsContext,
  state: (typeof STATES)[number],
  {
    table,
    calls,
  }: { table: Parameters<CreditsContext["baseline"]>[0]; calls: Parameters<typeof simulateUsage>[2] },
): Promise<RecordedDatabase> {
  const db = await context.baseline(table);
  await db.apply(context.release.migrate);
  await simulateUsage(db, table.accounts, calls);
  if (state !== "migrated") {
    await rollBack(context, db, state);
  }

  return db;
}

export const rollbackStatesDiffer = property(
  "R7",
  "the rollback verification runs in every state, and what it reports tells them apart",
  {
    caseKind: "migration",
    given: { table: tables(2), calls: usageCalls() },
    async holds(given, context: CreditsContext) {
      const reports = new Map<string, string>();

      for (const state of STATES) {
        const db = await inState(context, state, given);
        const applied = await db.apply(context.steps("verifyRollback"));
        const refused = db.refused(applied, `the rollback verification runs in the ${state} state`);
        if (refused !== undefined) {
          return refused;
        }

        const report = JSON.stringify(applied.map(({ outcome }) => outcome.rows));
        const same = reports.get(report);
        if (same !== undefined) {
          return db.violation({
            expected: `in the ${state} state it reports something else than in the ${same} state`,
            got: "it reports the same, row for row",
            show: context.steps("verifyRollback"),
          });
        }
        reports.set(report, state);
      }

      return undefined;
    },
  },
);
