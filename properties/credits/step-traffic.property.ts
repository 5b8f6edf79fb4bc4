/** Rule M4 for the steps before the data migration: the application loses nothing while they run. */
import { array, nat } from "fast-check";
import { nameSqlError } from "../../harness/property/kind.ts";
import { property } from "../../harness/property/property.ts";
import { type ScheduleSession, stepName, type Transcript } from "../../harness/schedule/schedule.ts";
import { pickingScheduler } from "../../harness/schedule/schedulers.ts";
import { SessionGroup } from "../../harness/schedule/session-group.ts";
import { formatEvent } from "../../harness/schedule/transcript-text.ts";
import { applicationWrite, NEW_NAME } from "./database/application-writes.ts";
import { trafficRun } from "./database/concurrent-traffic.ts";
import { findWrongAllocations } from "./database/migrated.ts";
import { callSql, insertAccounts, touchSql } from "./database/sql.ts";
import type { ApplicationWrite, CreditSchema } from "./model/credit-schema.ts";
import { fitAccount } from "./model/domain.ts";
import { nthId, sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const accepts = ({ refusedWrites }: CreditSchema, write: ApplicationWrite) => !refusedWrites.includes(write);
const step = (name: string, sql: string) => ({ name, sql: sql.replace(/;\s*$/, "") });

/** The sessions of the application; the writer keeps its transaction open for some steps. */
const callers = (schema: CreditSchema): readonly ScheduleSession[] => [
  {
    session: "writer",
    steps: [
      step("begin", "BEGIN"),
      accepts(schema, "rename")
        ? step("rename", applicationWrite("rename", nthId(0), schema))
        : step("touch", touchSql(nthId(0), schema)),
      step("commit", "COMMIT"),
    ],
  },
  { session: "newcomer", steps: [step("insert", insertAccounts([sampleAccount(9, { name: "New" })], schema))] },
  {
    session: "leaver",
    steps: accepts(schema, "delete") ? [step("delete", applicationWrite("delete", nthId(1), schema))] : [],
  },
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

    return found === expectedNames(context.schema).join(", ")
      ? await findWrongAllocations(
          db,
          [0, 2, 3, 9].map((each) => sampleAccount(each)),
          context.schema,
        )
      : violation(
          "loses a write",
          `of three organizations there are ${expectedNames(context.schema).join(", ")}`,
          `what is there: ${found}`,
        );
  },
});

/** Of the organization that is renamed, the one that is deleted, and the new one. */
function expectedNames(schema: CreditSchema): readonly string[] {
  const { extra, rows, domain } = schema;
  const named = (index: number, name?: string): string =>
    (extra.includes("name")
      ? rows?.value(nthId(index), "name")
      : fitAccount(domain, sampleAccount(index, name === undefined ? {} : { name })).name) ?? "";

  return [
    accepts(schema, "rename") ? NEW_NAME : named(0),
    ...(accepts(schema, "delete") ? [] : [named(1)]),
    named(9, "New"),
  ];
}

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
