/** Compares what a migration leaves on each major version of a matrix. */
import { question } from "../../harness/property/property.ts";
import { describeLeft } from "./model/left-behind.ts";
import { describeRollback } from "./model/rollback-script.ts";
import { runRollback, runRollbacks } from "./rollback-runs.ts";
import type { MigrationWorld } from "./world.ts";

export const leavesSame = question<MigrationWorld>(
  "same-for-everyone.3",
  "Does it leave the same schema and rows on every major version?",
  async (world) => {
    const observation = await world.observe();
    const { rows, before, after } = observation;
    const lines = describeLeft(before, after, (await world.twin()).after, new Date());
    const restored: string[] = [];
    for (const run of await runRollbacks(world, observation)) {
      if (run.failure !== undefined) continue;
      const twin = await runRollback(world, run.rollback, rows);
      const left = describeLeft(before, run.restored, twin.restored, new Date());
      restored.push(...left.map((line) => `after ${describeRollback(run.rollback.name)}, ${line}`));
    }

    return {
      answer: `the migration leaves ${lines.length} objects and rows that were not there before`,
      figures: { left: lines.length },
      lines: [...lines, ...restored],
      comparesVersions: true,
    };
  },
  { comparesVersions: true },
);
