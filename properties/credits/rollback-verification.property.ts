/** Rule R7: the rollback verification distinguishes the three states of a database. */
import { checkEach, property } from "../../harness/property/property.ts";
import { simulateUsage, usageCalls } from "./database/simulate-usage.ts";
import { rollBack } from "./database/states.ts";
import { minimalTable, tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

const STATES = ["migrated", "controlled", "emergency"] as const;

export const distinctStates = property("R7", "the rollback verification distinguishes every state", {
  caseKind: "migration",
  given: { table: tables(2), calls: usageCalls() },
  examples: [{ table: minimalTable(), calls: [] }],
  async holds({ table, calls }, context: CreditsContext) {
    const steps = context.steps("verifyRollback");
    const reports = new Map<string, string>();

    return await checkEach(STATES, async (state) => {
      const db = await context.migrate(table);
      await simulateUsage(db, table.accounts, calls);
      if (state !== "migrated") await rollBack(context, db, state);
      const applied = await db.apply(steps);
      const failed = db.findErrors(applied, `the rollback verification runs in the ${state} state`);
      if (failed.length > 0) return failed.map((one) => ({ ...one, kind: `${state}: ${one.kind}` }));

      const report = JSON.stringify(applied.map(({ result }) => result.rows));
      const same = reports.get(report);
      if (same !== undefined) {
        return db.violation({
          kind: `${state} looks ${same}`,
          expected: `in the ${state} state it reports something else than in the ${same} state`,
          got: "it reports the same, row for row",
          show: steps,
        });
      }
      reports.set(report, state);

      return undefined;
    });
  },
});
