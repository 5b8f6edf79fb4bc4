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
import { nthId } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

export const progress = property(
  "M6",
  "progress is told without leftovers, and its count grows to the total",
  {
    caseKind: "migration",
    given: { count: constantFrom(99, 100, 101, 200, 250) },
    async holds({ count }, context: CreditsContext) {
      const { db, notices } = await migrateMany(context, count, []);
      const complaint =
        findLeftover(notices) ??
        findWrongTotal(notices, { totals: [count], told: String(count) }) ??
        findWrongCounts(notices, count);

      return complaint && noticeViolation(context, db, complaint);
    },
  },
);

const THERE_BEFORE = 4;

export const progressUnderTraffic = property(
  "M6-traffic",
  "where organizations come meanwhile, the total grows with the count, and no count is beyond it",
  {
    caseKind: "migration",
    given: { coming: constantFrom(1, 2, 5) },
    async holds({ coming }, context: CreditsContext) {
      const migration = migrationSteps(context);
      const come = `INSERT INTO organizations (name, plan_name, total_credits)
SELECT 'New', 'custom', 0 FROM generate_series(1, ${coming})`;
      // The migration has counted, and waits for the first organization.
      const sessions = { holder: holdRow(nthId(0)), migration, app: { come } };
      const order = [
        ...["holder.begin", "holder.hold", ...startOrder("migration", migration), "app.come"],
        ...["holder.commit", "migration.run resumes"],
      ];
      const played = await runTraffic(context, THERE_BEFORE, { sessions, order });
      const notices = findStepResult(played.transcript, "migration.run")?.notices ?? [];
      const migrated = (await readMigratedIds(played.db)).size;
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
  caseKind: "migration",
  given: { count: constantFrom(100, 120, 330) },
  examples: [{ count: 330 }],
  async holds({ count }, context: CreditsContext) {
    const { db, notices } = await migrateMany(context, count, JUMPING_CLOCK.statements);
    const complaint = findWrongDuration(notices, JUMPING_CLOCK.tickMs);

    return complaint && noticeViolation(context, db, complaint);
  },
});

/** Many plain organizations, made on the server. */
async function migrateMany(context: CreditsContext, count: number, prepare: readonly string[]) {
  const db = await context.baseline({ accounts: [] });
  await db.prepare(
    "organizations",
    `INSERT INTO organizations (name, plan_name, total_credits)
SELECT 'Any', 'custom', 0 FROM generate_series(1, ${count})`,
  );
  await db.apply(context.schemaSteps);
  if (prepare.length > 0) {
    await db.prepare("a clock that jumps, and a sleep that does not", `${prepare.join(";\n")};`);
  }
  const applied = await db.apply([context.dataStep]);

  return { db, notices: applied.flatMap(({ outcome }) => outcome.notices) };
}
