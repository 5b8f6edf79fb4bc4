/** Rule M4 for the steps before the data migration: callers who are at work while each of them runs lose nothing. */
import { array, nat } from "fast-check";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { formatPsqlWindows } from "../../harness/schedule/psql-windows.ts";
import { type ScheduleSession, stepName, type Transcript } from "../../harness/schedule/schedule.ts";
import { pickingScheduler } from "../../harness/schedule/schedulers.ts";
import { SessionGroup } from "../../harness/schedule/session-group.ts";
import { formatEvent } from "../../harness/schedule/transcript-text.ts";
import { findWrongAllocation } from "./database/migrated.ts";
import { callSql, insertAccounts } from "./database/sql.ts";
import { type CreditAccount, nthId } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const account = (index: number, name = "Any"): CreditAccount => ({
  id: nthId(index),
  name,
  planName: "custom",
  totalCredits: 0,
  status: "active",
});

const step = (name: string, sql: string) => ({ name, sql: sql.replace(/;\s*$/, "") });

/** Each caller does one thing; the writer keeps his transaction open for a while. */
const CALLERS: readonly ScheduleSession[] = [
  {
    session: "writer",
    steps: [
      step("begin", "BEGIN"),
      step("rename", `UPDATE organizations SET name = 'Renamed' WHERE id = '${nthId(0)}'`),
      step("commit", "COMMIT"),
    ],
  },
  { session: "newcomer", steps: [step("insert", insertAccounts([account(9, "New")]))] },
  {
    session: "leaver",
    steps: [step("delete", `DELETE FROM organizations WHERE id = '${nthId(1)}'`)],
  },
  {
    session: "caller",
    steps: [
      step("ask", callSql({ kind: "available", organization: nthId(2), type: "ai" })),
      step("consume", callSql({ kind: "consume", organization: nthId(2), type: "ai", credits: 1 })),
    ],
  },
];

/** What the functions themselves refuse, and that they are not there yet, is no trouble of the traffic. */
const CALL_REFUSALS = ["42883", "42703", "P0001"];

export const survivesSteps = property(
  "M4-steps",
  "whoever writes, inserts, deletes and calls while a step of migrating runs meets no error, and loses no write",
  {
    caseKind: "migration",
    given: { step: nat({ max: 99 }), picks: array(nat({ max: 9 }), { maxLength: 14 }) },
    examples: [0, 1, 2].map((index) => ({ step: index, picks: [1, 1, 0, 2, 3, 4, 0, 4, 1] })),
    async holds({ step: wanted, picks }, context: CreditsContext) {
      const steps = context.schemaSteps;
      const index = wanted % Math.max(steps.length, 1);
      const db = await context.baseline({ accounts: [0, 1, 2, 3].map((each) => account(each)) });
      await db.apply(steps.slice(0, index));
      const statements = steps.slice(index, index + 1).flatMap((one) => one.statements);
      const migration: ScheduleSession = {
        session: "migration",
        steps: statements.flatMap(({ kind, text }, number) =>
          kind === "sql" ? [{ name: `statement${number + 1}`, sql: text }] : [],
        ),
      };
      const parts = [migration, ...CALLERS];
      const names = parts.map(({ session }) => session);
      await using cast = await SessionGroup.open(db.database, names, { deadlocks: "server" });
      const transcript = await cast.run(pickingScheduler(parts, picks));
      const violation = (expected: string, got: string): Violation => ({
        expected,
        got,
        script: [...db.script, ...formatPsqlWindows(transcript, names)],
      });
      const failed = failureIn(transcript);
      if (failed !== undefined) {
        return violation("no statement of the migration or of its callers fails", failed);
      }
      await db.apply([...steps.slice(index + 1), context.dataStep]);
      const lost = await db.query(
        `SELECT string_agg(name, ', ' ORDER BY id) AS names FROM organizations WHERE id IN ('${nthId(0)}', '${nthId(1)}', '${nthId(9)}')`,
      );
      const found = lost[0]?.["names"] ?? "";

      return found === "Renamed, New"
        ? await findWrongAllocation(db, [account(0), account(2), account(3), account(9)])
        : violation("one organization is renamed, one is new, and one is gone", `what is there: ${found}`);
    },
  },
);

/** The first statement that failed, or that never ended. */
function failureIn({ events }: Transcript): string | undefined {
  for (const event of events) {
    const refusal = event.kind === "waits" ? undefined : event.outcome.error;
    const harmless = event.session === "caller" && CALL_REFUSALS.includes(refusal?.code ?? "");
    if (refusal !== undefined && !harmless) {
      return `${stepName(event)}: ${formatEvent(event)}`;
    }
  }
  const waiting = events.filter(({ kind }) => kind === "waits").map(stepName);
  const ended = new Set(events.filter(({ kind }) => kind === "resumes").map(stepName));
  const stuck = waiting.find((name) => !ended.has(name));

  return stuck === undefined ? undefined : `${stuck} never ends`;
}
