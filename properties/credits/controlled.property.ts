/** Rules R5, R6 and R8 for the controlled rollback: the numbers stay, the functions go, and one can migrate again. */
import { subarray } from "fast-check";
import { rowDifferences } from "../../harness/catalog/difference.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { firstError } from "../../harness/release/apply.ts";
import type { RecordedDatabase } from "../../harness/release/recorded-database.ts";
import { readMigratedIds } from "./database/migrated.ts";
import { simulateUsage, usageCalls } from "./database/simulate-usage.ts";
import {
  differencesViolation,
  FAILED_ROLLBACK,
  nothingChanged,
  readSnapshot,
  sameCatalog,
} from "./database/snapshot.ts";
import { callSql, insertAccounts, LOG_SQL, NUMBER_COLUMNS } from "./database/sql.ts";
import { migrationStates, reachState, rollBack, STATE_EXAMPLES } from "./database/states.ts";
import { minimalTable, tables } from "./model/baseline-tables.ts";
import { nthId } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const NUMBERS = { key: ["id"], only: NUMBER_COLUMNS };
const later = {
  id: nthId(90),
  name: "Later",
  planName: "custom",
  totalCredits: 0,
  status: "active",
};

const CALLS = [
  callSql({ kind: "allocate", organization: later.id, plan: "custom" }),
  callSql({ kind: "available", organization: later.id, type: "ai" }),
  callSql({ kind: "consume", organization: later.id, type: "ai", credits: 1 }),
];

/** Rolls back and checks all that rule R5 says of the first time. */
async function rollsBack(context: CreditsContext, db: RecordedDatabase): Promise<Violation | undefined> {
  const migrated = await readMigratedIds(db);
  const before = await db.rows("public.organizations", NUMBERS);
  const refused = db.refused(
    await rollBack(context, db, "controlled"),
    "the controlled rollback runs without an error",
  );

  return (
    refused ??
    (await keepsNumbers(db, before)) ??
    (await uncallable(db)) ??
    (await logsOnce(db, migrated, "one rollback row for each organization that was migrated"))
  );
}

async function keepsNumbers(
  db: RecordedDatabase,
  before: Awaited<ReturnType<RecordedDatabase["rows"]>>,
): Promise<Violation | undefined> {
  const after = await db.rows("public.organizations", NUMBERS);

  return differencesViolation(
    db,
    rowDifferences(before, after),
    "the eight numbers of every organization stay as they were",
  );
}

/** Undefined function (42883): nothing else means that a function is not there. */
async function uncallable(db: RecordedDatabase): Promise<Violation | undefined> {
  for (const call of CALLS) {
    const { error: refusal } = await db.session.tryExecute(call);
    if (refusal?.code !== "42883") {
      const got =
        refusal === undefined ? "it can be called" : `ERROR: ${refusal.message} (SQLSTATE ${refusal.code})`;

      return db.violation({
        expected: "the function cannot be called by its public name any more",
        got,
        show: call,
      });
    }
  }

  return undefined;
}

async function logsOnce(
  db: RecordedDatabase,
  migrated: ReadonlySet<string>,
  expected: string,
): Promise<Violation | undefined> {
  const rows = await db.query(
    "SELECT organization_id FROM credit_actions WHERE action_type = 'rollback' ORDER BY 1",
  );
  const logged = rows.map((row) => row["organization_id"] ?? "NULL");
  const right = [...migrated].sort();

  return JSON.stringify(logged) === JSON.stringify(right)
    ? undefined
    : db.violation({
        expected: `${expected}: ${right.join(", ") || "none"}`,
        got: `rollback rows for ${logged.join(", ") || "none"}`,
        show: LOG_SQL,
        hint: "Mark and log only organizations that were migrated, and only once",
      });
}

export const controlledRollback = property(
  "R5",
  "the controlled rollback keeps the numbers, removes the functions and logs each migrated organization, from every state after step 2.1",
  {
    caseKind: "migration",
    given: { table: tables(3), state: migrationStates(), callers: subarray(["PUBLIC", "pg_monitor"]) },
    examples: [
      { table: minimalTable(), state: { rows: 5 }, callers: ["PUBLIC", "pg_monitor"] },
      ...STATE_EXAMPLES.map((state) => ({ table: minimalTable(), state, callers: [] })),
    ],
    async holds({ table, state, callers }, context: CreditsContext) {
      const db = await context.baseline(table);
      await reachState(context, db, state, { stepsMin: 1 });
      if (callers.length > 0) {
        await db.prepare(
          "whoever calls the functions",
          `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ${callers.join(", ")}`,
        );
      }

      return await rollsBack(context, db);
    },
  },
);

export const secondControlledRollback = property(
  "R5-again",
  "run again, with an organization created meanwhile, the controlled rollback changes nothing",
  {
    caseKind: "migration",
    given: { table: tables(2) },
    async holds({ table }, context: CreditsContext) {
      const db = await context.baseline(table);
      await db.apply(context.release.migrate);
      await rollBack(context, db, "controlled");
      await db.prepare("an organization that is created later", insertAccounts([later]));
      const before = await readSnapshot(db);
      const expected = "the second time changes nothing";

      return (
        (await unmarked(db)) ??
        db.refused(await rollBack(context, db, "controlled"), "the controlled rollback can be run again") ??
        (await nothingChanged(db, before, expected))
      );
    },
  },
);

/** The column that marks is the document's; a release that marks elsewhere shows it in what the second run logs. */
async function unmarked(db: RecordedDatabase): Promise<Violation | undefined> {
  const show = `SELECT to_jsonb(organizations) ->> 'rollback_marker' AS rollback_marker
FROM organizations WHERE id = '${later.id}'`;
  const [row] = await db.query(show);
  const marker = row?.["rollback_marker"] ?? null;

  return marker === null
    ? undefined
    : db.violation({
        expected: "the rollback_marker of an organization that is created later is NULL",
        got: "it is a time",
        show,
      });
}

export const migratesAfterControlled = property(
  "R6-controlled",
  "migrating after a controlled rollback works, ends in the catalog of a first migration, and keeps the numbers",
  {
    caseKind: "migration",
    given: { table: tables(3), calls: usageCalls() },
    async holds({ table, calls }, context: CreditsContext) {
      const db = await context.baseline(table);
      await db.apply(context.release.migrate);
      const first = await db.catalog();
      await simulateUsage(db, table.accounts, calls);
      const before = await db.rows("public.organizations", NUMBERS);
      await rollBack(context, db, "controlled");

      return (
        db.refused(await db.apply(context.release.migrate), "migrating again runs without an error") ??
        (await sameCatalog(db, first, "the catalog is that of a first migration")) ??
        (await keepsNumbers(db, before)) ??
        db.refused(
          await rollBack(context, db, "controlled"),
          "the controlled rollback runs without an error after that, too",
        ) ??
        (await uncallable(db))
      );
    },
  },
);

/** The functions that a rollback has left under another name, as calls that a view can hold. */
const KEPT_CALLS = `SELECT format('%s(%s)', p.oid::regproc,
  (SELECT string_agg(format('NULL::%s', format_type(type, NULL)), ', ') FROM unnest(p.proargtypes) AS type)) AS call
FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.proname ~ '(allocate|available|consume)'
ORDER BY 1`;

export const blockedControlledRollback = property(
  "R5-blocked",
  "where a view of the user's keeps a function that was disabled, another controlled rollback does all or nothing",
  {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      const db = await context.baseline(minimalTable());
      await db.apply(context.release.migrate);
      await rollBack(context, db, "controlled");
      for (const [index, { call }] of (await db.query(KEPT_CALLS)).entries()) {
        await db.attempt(
          "a view of the user's",
          `CREATE VIEW mine_${index} AS SELECT ${call} IS NULL AS unused`,
        );
      }
      await db.apply(context.release.migrate);
      const before = await readSnapshot(db);
      const refused = firstError(await rollBack(context, db, "controlled")) !== undefined;

      return refused ? await nothingChanged(db, before, FAILED_ROLLBACK) : await uncallable(db);
    },
  },
);

export const controlledAfterUsage = property(
  "R8-controlled",
  "after real use, too, the controlled rollback keeps the numbers and logs each organization once",
  {
    caseKind: "migration",
    given: { table: tables(3), calls: usageCalls() },
    async holds({ table, calls }, context: CreditsContext) {
      const db = await context.baseline(table);
      await db.apply(context.release.migrate);
      await simulateUsage(db, table.accounts, calls);

      return await rollsBack(context, db);
    },
  },
);
