/** Rules M3, M4, M7: the data migration with concurrent traffic, and with a second run of itself. */
import { constantFrom, subarray } from "fast-check";
import { escapeIdentifier } from "pg";
import { Inconclusive } from "../../harness/errors.ts";
import { checkEach, property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { findStepResult } from "../../harness/schedule/schedule.ts";
import {
  applicationSql,
  type Concerned,
  chooseConcerned,
  dropRefused,
  TRAFFIC,
  type TrafficKind,
} from "./database/application-traffic.ts";
import {
  beforeDataMigration,
  failedStepViolation,
  holdRow,
  migrationSteps,
  readLockOrder,
  runSessionsOn,
  runTraffic,
  startOrder,
  type TrafficRun,
} from "./database/concurrent-traffic.ts";
import { textEvidence } from "./database/evidence.ts";
import { requireIndependence } from "./database/find-entanglement.ts";
import { findWrongAllocations } from "./database/migrated.ts";
import { literal, moment, touchSql } from "./database/sql.ts";
import { type CreditSchema, castTo } from "./model/credit-schema.ts";
import { fitAccount } from "./model/domain.ts";
import { CREDIT_TYPES, nthId, planAllocation, sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

export const commitsInBatches = property("M3", "a writer of a finished batch does not wait for the migration", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    requireIndependence(context.schema);
    const migration = migrationSteps(context);
    const sessions = {
      holder: holdRow(nthId(249)),
      migration,
      writer: { write: touchSql(nthId(0), context.schema) },
    };
    const order = [
      "holder.begin",
      "holder.hold",
      ...startOrder("migration", migration),
      "writer.write",
      "holder.commit",
      "migration.run resumes",
    ];
    const run = await runTraffic(context, 250, { sessions, order });
    const waits = run.transcript.events.some((event) => event.kind === "waits" && event.session === "writer");

    return waits
      ? run.violation(
          "writer waits",
          "the first of 250 organizations can be written while the last one keeps the migration waiting",
          "its writer waits for the migration",
          "Commit batch by batch",
        )
      : undefined;
  },
});

export const survivesTraffic = property("M4", "each organization ends with the allocation of its final plan", {
  caseKind: "migration",
  given: { traffic: subarray<TrafficKind>([...TRAFFIC], { minLength: 1 }) },
  examples: TRAFFIC.map((kind) => ({ traffic: [kind] })),
  async holds({ traffic: wanted }, context: CreditsContext) {
    requireIndependence(context.schema);
    const traffic = dropRefused(wanted, context.schema);
    const migration = migrationSteps(context);
    const db = await beforeDataMigration(context, 5);
    const concerned = chooseConcerned(await readLockOrder(db));
    const application = applicationSql(context.schema, concerned);
    const change = traffic.includes("replan the held one") ? application.holder : undefined;
    const statements = traffic.flatMap((kind) => (kind === "replan the held one" ? [] : application[kind]));
    const app = Object.fromEntries(statements.map((sql, index) => [`does${index + 1}`, sql]));
    const sessions = {
      holder: holdRow(concerned["replan the held one"], change),
      migration,
      ...(statements.length === 0 ? {} : { app }),
    };
    const order = [
      ...["holder.begin", "holder.hold"],
      ...startOrder("migration", migration),
      ...startOrder("app", app),
      ...["holder.commit", "migration.run resumes"],
    ];
    const run = await runSessionsOn(db, { sessions, order });

    return (
      failedStepViolation(run, "no statement of the migration or the application fails") ??
      (await checkAllocations(run, concerned))
    );
  },
});

/** Every organization has the allocation of its present plan. */
async function checkAllocations({ db, violation }: TrafficRun, concerned: Concerned): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  const columns = CREDIT_TYPES.map((type) => `${type}_credits`);
  const rows = await db.query(`SELECT id, plan_name, ${columns.join(", ")} FROM organizations ORDER BY id`);

  for (const row of rows) {
    const due = planAllocation(row["plan_name"] ?? null, 0);
    const wrong = CREDIT_TYPES.find((type) => row[`${type}_credits`] !== String(due[type]));
    if (wrong !== undefined) {
      violations.push(
        violation(
          `meanwhile: ${TRAFFIC.find((kind) => concerned[kind] === row["id"]) ?? "another one"}`,
          `organization ${row["id"]}, whose plan is ${row["plan_name"]}, ends with ${due[wrong]} ${wrong} credits`,
          `it has ${row[`${wrong}_credits`]}`,
          "Lock each organization before its plan is read, and look again for those that were inserted since",
        ),
      );
    }
  }

  return violations;
}

/** An update of an organization inserts another, until there are so many more. */
function cascadeSql(generations: number, schema: CreditSchema): string {
  const { domain, tables, organizations, extra, rows } = schema;
  const ids = Array.from({ length: generations }, (_none, index) => nthId(20 + index));
  const account = fitAccount(domain, sampleAccount());
  const modelled: Readonly<Record<string, string>> = {
    name: literal(account.name),
    plan_name: literal(account.planName),
    total_credits: literal(account.totalCredits),
    ...(schema.requiresCreationTime ? { created_at: moment(0) } : {}),
  };
  const known = Object.keys(modelled).filter((name) => organizations.has(name) && !extra.includes(name));
  const more = extra.map((name) => {
    const values = ids.map((id) => literal(rows?.value(id, name)));

    return `(ARRAY[${values.join(", ")}])[known]${castTo(organizations, name)}`;
  });
  const columns = ["id", ...known, ...extra.map((name) => escapeIdentifier(name))];
  const values = [
    `(ARRAY[${ids.map(literal).join(", ")}])[known]::uuid`,
    ...known.map((name) => modelled[name] ?? "NULL"),
    ...more,
  ];

  return [
    ...(rows?.insertParents(ids) ?? []),
    `CREATE FUNCTION plumbline_insert_another() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known INTEGER := (SELECT count(*) FROM ${tables.organizations});
BEGIN
    IF known <= ${generations} THEN
        INSERT INTO ${tables.organizations} (${columns.join(", ")})
        VALUES (${values.join(", ")});
    END IF;
    RETURN NULL;
END$$;
CREATE TRIGGER plumbline_insert_another AFTER UPDATE ON organizations
FOR EACH ROW EXECUTE FUNCTION plumbline_insert_another();`,
  ].join("\n");
}

export const migratesCascades = property("M4-cascade", "organizations inserted by triggers are migrated", {
  caseKind: "migration",
  given: { generations: constantFrom(1, 2, 3) },
  examples: [{ generations: 3 }],
  async holds({ generations }, context: CreditsContext) {
    const db = await context.migrate({ accounts: [sampleAccount(0)] }, context.schemaSteps);
    await db.prepare("an update of an organization inserts another", cascadeSql(generations, context.schema));
    const failed = db.findError(await db.apply([context.dataStep]), "the data migration fails no organization");
    const show = `SELECT id FROM organizations AS o WHERE NOT EXISTS (
  SELECT FROM credit_actions WHERE organization_id = o.id AND action_type = 'allocation'
) ORDER BY id`;
    const [left] = await db.query(show);

    return (
      failed ??
      (left &&
        db.violation({
          kind: "inserted by a trigger: not migrated",
          expected: "every organization has an allocation in the log",
          got: `${left["id"]} has none`,
          show,
          hint: "Look again for organizations that were inserted since, until there is none",
          evidence: textEvidence([left["id"]]),
        }))
    );
  },
});

/** A transaction that locks the last organization of the third batch, and then another that the migration has locked. */
function holdsAndWants(schema: CreditSchema, ids: readonly string[]) {
  const third = ids.filter((id) => id >= nthId(200));

  return {
    begin: "BEGIN",
    hold: touchSql(third.at(-1) ?? "", schema),
    want: touchSql(third.at(10) ?? "", schema),
    commit: "COMMIT",
  };
}
const DEADLOCK_TRIES = 5;

/**
 * Plays a deadlock that the server ends by cancelling the migration. A session looks for deadlocks when it has waited for
 * deadlock_timeout (PostgreSQL manual, 13.3.4 Deadlocks). On a busy machine the migration may look before there is one;
 * then the application is cancelled, which says nothing of the release, and the deadlock is played again.
 */
async function playDeadlock(context: CreditsContext): Promise<TrafficRun> {
  for (let left = DEADLOCK_TRIES; left > 0; left--) {
    const db = await beforeDataMigration(context, 250);
    const app = holdsAndWants(context.schema, await readLockOrder(db));
    const sessions = { app, migration: migrationSteps(context) };
    const order = [
      ...["app.begin", "app.hold", ...startOrder("migration", sessions.migration)],
      ...["app.want", "app.commit", "migration.run resumes"],
    ];
    const run = await runSessionsOn(db, { sessions, order, options: { deadlocks: "server" } });
    if (findStepResult(run.transcript, "app.want")?.error?.code !== "40P01") return run;
    await context.endCase();
  }

  throw new Inconclusive(
    `The server cancelled the application instead of the migration, ${DEADLOCK_TRIES} times in a row; run it again on a machine that is less busy`,
  );
}

export const survivesDeadlock = property("M4-deadlock", "a deadlock costs at most the current batch", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    requireIndependence(context.schema);
    const run = await playDeadlock(context);
    const { db, transcript, violation } = run;
    const failed = ["want", "commit"].find((step) => findStepResult(transcript, `app.${step}`)?.error !== undefined);
    if (failed !== undefined) return failedStepViolation(run, "the application's transaction goes through");

    const batches = Array.from({ length: 200 }, (_none, index) => sampleAccount(index));
    const [lost] = await findWrongAllocations(db, batches, context.schema);
    if (lost !== undefined) {
      return violation(
        "finished batches are lost",
        "the two batches before it stay migrated",
        lost.got,
        "Commit batch by batch, and catch what fails",
      );
    }
    await db.apply([context.dataStep]);

    return await findWrongAllocations(db, [sampleAccount(210), sampleAccount(249)], context.schema);
  },
});

export const twoRuns = property("M7", "two runs of the data migration at the same time end as one does", {
  caseKind: "once",
  given: {},
  async holds(_, context: CreditsContext) {
    const migration = migrationSteps(context);
    return await checkEach([0, 119], async (held) => {
      const sessions = { holder: holdRow(nthId(held)), one: migration, two: migration };
      const order = [
        ...["holder.begin", "holder.hold", ...startOrder("one", migration), ...startOrder("two", migration)],
        ...["holder.commit", "one.run resumes", "two.run resumes"],
      ];
      const run = await runTraffic(context, 120, { sessions, order });
      const all = Array.from({ length: 120 }, (_none, index) => sampleAccount(index));
      const wrong = await findWrongAllocations(run.db, all, context.schema);
      const failed = failedStepViolation(run, "neither run fails");
      await context.endCase();

      return (
        failed ??
        wrong.map(({ kind = "", expected, got }) =>
          run.violation(kind, expected, got, "Skip what the other run has done"),
        )
      );
    });
  },
});
