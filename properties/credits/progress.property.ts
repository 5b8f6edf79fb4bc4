/** Rule M6: what the data migration says of its progress. */
import { constantFrom } from "fast-check";
import type { Notice } from "../../harness/database/session.ts";
import { property } from "../../harness/property/property.ts";
import { findStepResult } from "../../harness/schedule/schedule.ts";
import { failedStepViolation, holdRow, migrationSteps, runTraffic, startOrder } from "./database/concurrent-traffic.ts";
import { findWrongDurations } from "./database/durations.ts";
import { readMigratedIds } from "./database/migrated.ts";
import {
  findLeftover,
  findWrongCounts,
  findWrongShare,
  findWrongTotal,
  type NoticeFault,
  noticeViolation,
} from "./database/notices.ts";
import { generateOrganizations, insertAccounts } from "./database/sql.ts";
import { Timeline } from "./database/timeline.ts";
import { readWork, WORK_MS, WORKING_CLOCK } from "./database/working-clock.ts";
import { nthId, sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

export const progress = property("M6", "progress notices are well formed, and count up to the total", {
  caseKind: "migration",
  given: { count: constantFrom(99, 100, 101, 200, 250) },
  async holds({ count }, context: CreditsContext) {
    const { db, notices } = await migrateMany(context, count);
    const faults = findFaults(notices, { totals: [count], description: String(count) }, count);

    return faults.map((fault) => noticeViolation(context, db, fault));
  },
});

const EXISTING = 4;

/** The totals that a notice may name. */
type Totals = Parameters<typeof findWrongTotal>[1];

/** What is wrong with the words and the counts, each kind once. */
function findFaults(notices: readonly Notice[], totals: Totals, upTo: number): readonly NoticeFault[] {
  const faults = [
    findLeftover(notices),
    findWrongTotal(notices, totals),
    findWrongShare(notices),
    findWrongCounts(notices, upTo),
  ];

  return faults.flatMap((fault) => fault ?? []);
}

export const growingTotal = property("M6-traffic", "the total grows with inserted organizations", {
  caseKind: "migration",
  given: { coming: constantFrom(1, 2, 5) },
  async holds({ coming }, context: CreditsContext) {
    const migration = migrationSteps(context);
    const newcomers = Array.from({ length: coming }, (_none, index) =>
      sampleAccount(EXISTING + index, { name: "New" }),
    );
    const come = newcomers.map((account) => insertAccounts([account], context.schema)).join("\n");
    // The migration has counted, and waits for the first organization.
    const sessions = { holder: holdRow(nthId(0)), migration, app: { come } };
    const order = [
      ...["holder.begin", "holder.hold", ...startOrder("migration", migration), "app.come"],
      ...["holder.commit", "migration.run resumes"],
    ];
    const run = await runTraffic(context, EXISTING, { sessions, order });
    const notices = findStepResult(run.transcript, "migration.run")?.notices ?? [];
    const migrated = (await readMigratedIds(run.db)).size;
    const totals = Array.from({ length: coming + 1 }, (_none, more) => EXISTING + more);
    const description = `${EXISTING}, and up to ${coming} more that were inserted`;
    const failed = failedStepViolation(run, "the migration goes on");
    const faults = findFaults(notices, { totals, description }, migrated);

    return (
      failed ??
      faults.map(({ kind = "progress", expected, got }) =>
        run.violation(kind, expected, got, "Let the total grow with what is found"),
      )
    );
  },
});

export const durations = property("M6-durations", "durations hold past a minute, and cover what they are said of", {
  caseKind: "migration",
  given: { count: constantFrom(100, 120, 330) },
  examples: [{ count: 330 }],
  async holds({ count }, context: CreditsContext) {
    const { db, notices } = await migrateMany(context, count, WORKING_CLOCK);
    const faults = findWrongDurations(notices, new Timeline(await readWork(db), WORK_MS));

    return faults.map((fault) => noticeViolation(context, db, fault));
  },
});

/** Migrates so many organizations. */
async function migrateMany(context: CreditsContext, count: number, prepare: readonly string[] = []) {
  const db = await context.baseline({ accounts: [] });
  await db.prepare("organizations", generateOrganizations(count, {}, context.schema));
  await db.apply(context.schemaSteps);
  if (prepare.length > 0) {
    await db.prepare(
      "a clock that goes on with each allocation, commit and sleep, and no other time",
      `${prepare.join(";\n")};`,
    );
  }
  const applied = await db.apply([context.dataStep]);
  const notices: readonly Notice[] = applied.flatMap(({ result }) => result.notices);

  return { db, notices };
}
