/** Rule M6: what the data migration says while it goes on. */
import { constantFrom } from "fast-check";
import { property } from "../../harness/property/property.ts";
import { findStepResult } from "../../harness/schedule/schedule.ts";
import {
  failedStepViolation,
  holdRow,
  migrationSteps,
  runTraffic,
  startOrder,
} from "./database/concurrent-traffic.ts";
import { JUMPING_CLOCK } from "./database/jumping-clock.ts";
import { readMigratedIds } from "./database/migrated.ts";
import {
  findLeftover,
  findWrongCounts,
  findWrongDuration,
  findWrongTotal,
  noticeViolation,
} from "./database/notices.ts";
import { organizationId } from "./model/arbitraries.ts";
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
        findLeftover(notices) ??
        findWrongTotal(notices, { totals: [count], told: String(count) }) ??
        findWrongCounts(notices, count);

      return complaint && noticeViolation(world, stage, complaint);
    },
  },
);

const THERE_BEFORE = 4;

export const progressUnderTraffic = property(
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
      const sessions = { holder: holdRow(organizationId(0)), migration, app: { come } };
      const order = [
        ...["holder.begin", "holder.hold", ...startOrder("migration", migration), "app.come"],
        ...["holder.commit", "migration.run resumes"],
      ];
      const played = await runTraffic(world, THERE_BEFORE, { sessions, order });
      const notices = findStepResult(played.transcript, "migration.run")?.notices ?? [];
      const migrated = (await readMigratedIds(played.stage)).size;
      const totals = Array.from({ length: coming + 1 }, (_none, more) => THERE_BEFORE + more);
      const complaint =
        findLeftover(notices) ??
        findWrongTotal(notices, { totals, told: `${THERE_BEFORE}, and up to ${coming} more that came` }) ??
        findWrongCounts(notices, migrated);

      return (
        failedStepViolation(played, "the migration goes on") ??
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
    const { stage, notices } = await migrateMany(world, count, JUMPING_CLOCK.statements);
    const complaint = findWrongDuration(notices, JUMPING_CLOCK.tickMs);

    return complaint && noticeViolation(world, stage, complaint);
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
