/** Rule M6: what the data migration says while it goes on. */
import { constantFrom } from "fast-check";
import { property } from "../../harness/property/property.ts";
import { outcomeOf } from "../../harness/schedule/schedule.ts";
import { STOPPED_CLOCK } from "./database/clock.ts";
import { holding, migrationSteps, refusedStep, scene, starts } from "./database/concurrent-traffic.ts";
import { migratedAccounts } from "./database/migrated.ts";
import {
  leftoverAmong,
  showNotice,
  wrongCountsAmong,
  wrongDurationAmong,
  wrongTotalAmong,
} from "./database/notices.ts";
import { idOf } from "./model/arbitraries.ts";
import type { CreditsContext } from "./world.ts";

export const progress = property(
  "M6",
  "progress is told without leftovers, and its count grows to the total",
  {
    cost: "migration",
    given: { count: constantFrom(99, 100, 101, 200, 250) },
    async holds({ count }, world: CreditsContext) {
      const { stage, notices } = await migrateMany(world, count, []);
      const complaint =
        leftoverAmong(notices) ??
        wrongTotalAmong(notices, { totals: [count], told: String(count) }) ??
        wrongCountsAmong(notices, count);

      return complaint && showNotice(world, stage, complaint);
    },
  },
);

const THERE_BEFORE = 4;

export const progressMeanwhile = property(
  "M6-traffic",
  "where organizations come meanwhile, the total grows with the count, and no count is beyond it",
  {
    cost: "migration",
    given: { coming: constantFrom(1, 2, 5) },
    async holds({ coming }, world: CreditsContext) {
      const migration = migrationSteps(world);
      const come = `INSERT INTO organizations (name, plan_name, total_credits)
SELECT 'New', 'custom', 0 FROM generate_series(1, ${coming})`;
      // The migration has counted, and waits for the first organization.
      const sessions = { holder: holding(idOf(0)), migration, app: { come } };
      const order = [
        ...["holder.begin", "holder.hold", ...starts("migration", migration), "app.come"],
        ...["holder.commit", "migration.run resumes"],
      ];
      const played = await scene(world, THERE_BEFORE, { sessions, order });
      const notices = outcomeOf(played.transcript, "migration.run")?.notices ?? [];
      const migrated = (await migratedAccounts(played.stage)).size;
      const totals = Array.from({ length: coming + 1 }, (_none, more) => THERE_BEFORE + more);
      const complaint =
        leftoverAmong(notices) ??
        wrongTotalAmong(notices, { totals, told: `${THERE_BEFORE}, and up to ${coming} more that came` }) ??
        wrongCountsAmong(notices, migrated);

      return (
        refusedStep(played, "the migration goes on") ??
        (complaint &&
          played.violation(complaint.expected, complaint.got, "Let the total grow with what is found"))
      );
    },
  },
);

export const durations = property("M6-durations", "durations hold past a minute", {
  cost: "migration",
  given: { count: constantFrom(100, 120, 330) },
  examples: [{ count: 330 }],
  async holds({ count }, world: CreditsContext) {
    const { stage, notices } = await migrateMany(world, count, STOPPED_CLOCK.statements);
    const complaint = wrongDurationAmong(notices, STOPPED_CLOCK.tickMs);

    return complaint && showNotice(world, stage, complaint);
  },
});

/** Many plain organizations, made on the server. */
async function migrateMany(world: CreditsContext, count: number, prepare: readonly string[]) {
  const stage = await world.baseline({ accounts: [] });
  await stage.prepare(
    "organizations",
    `INSERT INTO organizations (name, plan_name, total_credits)
SELECT 'Any', 'custom', 0 FROM generate_series(1, ${count})`,
  );
  await stage.apply(world.schemaSteps);
  if (prepare.length > 0) {
    await stage.prepare("a clock that jumps, and a sleep that does not", `${prepare.join(";\n")};`);
  }
  const applied = await stage.apply([world.dataStep]);

  return { stage, notices: applied.flatMap(({ outcome }) => outcome.notices) };
}
