/** Rule M4 for the steps before the data migration: the application loses nothing while they run. */
import { array, nat } from "fast-check";
import { nameSqlError } from "../../harness/property/kind.ts";
import { property } from "../../harness/property/property.ts";
import { type ScheduleSession, stepName, type Transcript } from "../../harness/schedule/schedule.ts";
import { pickingScheduler } from "../../harness/schedule/schedulers.ts";
import { SessionGroup } from "../../harness/schedule/session-group.ts";
import { formatEvent } from "../../harness/schedule/transcript-text.ts";
import { trafficRun } from "./database/concurrent-traffic.ts";
import { findWrongAllocations } from "./database/migrated.ts";
import { callSql, insertAccounts } from "./database/sql.ts";
import type { CreditSchema } from "./model/credit-schema.ts";
import { fitAccount } from "./model/domain.ts";
import { nthId, sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const step = (name: string, sql: string) => ({ name, sql: sql.replace(/;\s*$/, "") });

/** The sessions of the application; the writer keeps its transaction open for some steps. */
const callers = (schema: CreditSchema): readonly ScheduleSession[] => [
  {
    session: "writer",
    steps: [
      step("begin", "BEGIN"),
      step("rename", `UPDATE organizations SET name = 'Renamed' WHERE id = '${nthId(0)}'`),
      step("commit", "COMMIT"),
    ],
  },
  { session: "newcomer", steps: [step("insert", insertAccounts([sampleAccount(9, { name: "New" })], schema))] },
  { session: "leaver", steps: [step("delete", `DELETE FROM organizations WHERE id = '${nthId(1)}'`)] },
  {
    session: "caller",
    steps: [
      step("ask", callSql({ kind: "available", organization: nthId(2), type: "ai" })),
      step("consume", callSql({ kind: "consume", organization: nthId(2), type: "ai", credits: 1 })),
    ],
  },
];

/** The functions' own errors, and those of calls before the functions or their columns exist. */
const CALL_ERRORS = ["42883", "42703", "P0001"];

export const survivesSteps = property("M4-steps", "traffic during the earlier steps loses nothing", {
  caseKind: "migration",
  given: { step: nat({ max: 99 }), picks: array(nat({ max: 9 }), { maxLength: 14 }) },
  examples: [0, 1, 2].map((index) => ({ step: index, picks: [1, 1, 0, 2, 3, 4, 0, 4, 1] })),
  async holds({ step: wanted, picks }, context: CreditsContext) {
    const steps = context.schemaSteps;
    const index = wanted % Math.max(steps.length, 1);
    const accounts = [0, 1, 2, 3].map((each) => sampleAccount(each));
    const db = await context.migrate({ accounts }, steps.slice(0, index));
    const statements = steps.slice(index, index + 1).flatMap((one) => one.statements);
    const migration: ScheduleSession = {
      session: "migration",
      steps: statements.flatMap(({ kind, text }, number) =>
        kind === "sql" ? [{ name: `statement${number + 1}`, sql: text }] : [],
      ),
    };
    const parts = [migration, ...callers(context.schema)];
    const names = parts.map(({ session }) => session);
    await using group = await SessionGroup.open(db.database, names, { deadlocks: "server" });
    const { transcript, violation } = trafficRun(db, await group.run(pickingScheduler(parts, picks)), names);
    const failed = findFailure(transcript);
    if (failed !== undefined) {
      return violation(failed.kind, "no statement of the migration or of its callers fails", failed.got);
    }
    await db.apply([...steps.slice(index + 1), context.dataStep]);
    const [row] = await db.query(
      `SELECT string_agg(name, ', ' ORDER BY id) AS names FROM organizations WHERE id IN ('${nthId(0)}', '${nthId(1)}', '${nthId(9)}')`,
    );
    const found = row?.["names"] ?? "";

    const { extra, rows, domain } = context.schema;
    const newcomer = extra.includes("name")
      ? rows?.value(nthId(9), "name")
      : fitAccount(domain, sampleAccount(9, { name: "New" })).name;

    return found === `Renamed, ${newcomer}`
      ? await findWrongAllocations(
          db,
          [0, 2, 3, 9].map((each) => sampleAccount(each)),
          context.schema,
        )
      : violation(
          "loses a write",
          "one organization is renamed, one is new, and one is gone",
          `what is there: ${found}`,
        );
  },
});

/** The first statement that failed, or that never ended. */
function findFailure({ events }: Transcript): { readonly kind: string; readonly got: string } | undefined {
  for (const event of events) {
    const error = event.kind === "waits" ? undefined : event.outcome.error;
    const harmless = event.session === "caller" && CALL_ERRORS.includes(error?.code ?? "");
    if (error !== undefined && !harmless) {
      return {
        kind: `${event.session} fails: ${nameSqlError(error)}`,
        got: `${stepName(event)}: ${formatEvent(event)}`,
      };
    }
  }
  const waiting = events.filter(({ kind }) => kind === "waits").map(stepName);
  const ended = new Set(events.filter(({ kind }) => kind === "resumes").map(stepName));
  const stuck = waiting.find((name) => !ended.has(name));

  return stuck === undefined ? undefined : { kind: "a statement never ends", got: `${stuck} never ends` };
}
