/** Rules R5, R6 and R8 for the controlled rollback: the numbers stay, the functions go, and one can migrate again. */
import { subarray } from "fast-check";
import { rowDifferences } from "../../harness/catalog/difference.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { firstError } from "../../harness/release/apply.ts";
import type { Stage } from "../../harness/release/recorded-database.ts";
import { readMigratedIds } from "./database/migrated.ts";
import { simulateUsage, usageCalls } from "./database/simulate-usage.ts";
import {
  differencesViolation,
  FAILED_ROLLBACK,
  nothingChanged,
  sameCatalog,
  takeSnapshot,
} from "./database/snapshot.ts";
import { callSql, insertAccounts, LOG_SQL, NUMBER_COLUMNS } from "./database/sql.ts";
import { migrationStates, reachState, rollBack, STATE_EXAMPLES } from "./database/states.ts";
import { organizationId } from "./model/arbitraries.ts";
import { minimalTable, tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

const NUMBERS = { key: ["id"], only: NUMBER_COLUMNS };
const later = {
  id: organizationId(90),
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
async function rollsBack(world: CreditsContext, stage: Stage): Promise<Violation | undefined> {
  const migrated = await readMigratedIds(stage);
  const before = await stage.rows("public.organizations", NUMBERS);
  const refused = stage.refused(
    await rollBack(world, stage, "controlled"),
    "the controlled rollback runs without an error",
  );

  return (
    refused ??
    (await keepsNumbers(stage, before)) ??
    (await uncallable(stage)) ??
    (await logsOnce(stage, migrated, "one rollback row for each organization that was migrated"))
  );
}

async function keepsNumbers(
  stage: Stage,
  before: Awaited<ReturnType<Stage["rows"]>>,
): Promise<Violation | undefined> {
  const after = await stage.rows("public.organizations", NUMBERS);

  return differencesViolation(
    stage,
    rowDifferences(before, after),
    "the eight numbers of every organization stay as they were",
  );
}

/** Undefined function (42883): nothing else means that a function is not there. */
async function uncallable(stage: Stage): Promise<Violation | undefined> {
  for (const call of CALLS) {
    const { error: refusal } = await stage.session.tryExecute(call);
    if (refusal?.code !== "42883") {
      const got =
        refusal === undefined ? "it can be called" : `ERROR: ${refusal.message} (SQLSTATE ${refusal.code})`;

      return stage.violation({
        expected: "the function cannot be called by its public name any more",
        got,
        show: call,
      });
    }
  }

  return undefined;
}

async function logsOnce(
  stage: Stage,
  migrated: ReadonlySet<string>,
  expected: string,
): Promise<Violation | undefined> {
  const rows = await stage.query(
    "SELECT organization_id FROM credit_actions WHERE action_type = 'rollback' ORDER BY 1",
  );
  const logged = rows.map((row) => row["organization_id"] ?? "NULL");
  const right = [...migrated].sort();

  return JSON.stringify(logged) === JSON.stringify(right)
    ? undefined
    : stage.violation({
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
    cost: "migration",
    given: { table: tables(3), state: migrationStates(), callers: subarray(["PUBLIC", "pg_monitor"]) },
    examples: [
      { table: minimalTable(), state: { rows: 5 }, callers: ["PUBLIC", "pg_monitor"] },
      ...STATE_EXAMPLES.map((state) => ({ table: minimalTable(), state, callers: [] })),
    ],
    async holds({ table, state, callers }, world: CreditsContext) {
      const stage = await world.baseline(table);
      await reachState(world, stage, state, { stepsMin: 1 });
      if (callers.length > 0) {
        await stage.prepare(
          "whoever calls the functions",
          `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO ${callers.join(", ")}`,
        );
      }

      return await rollsBack(world, stage);
    },
  },
);

export const secondControlledRollback = property(
  "R5-again",
  "run again, with an organization created meanwhile, the controlled rollback changes nothing",
  {
    cost: "migration",
    given: { table: tables(2) },
    async holds({ table }, world: CreditsContext) {
      const stage = await world.baseline(table);
      await stage.apply(world.release.migrate);
      await rollBack(world, stage, "controlled");
      await stage.prepare("an organization that is created later", insertAccounts([later]));
      const before = await takeSnapshot(stage);
      const expected = "the second time changes nothing";

      return (
        (await unmarked(stage)) ??
        stage.refused(
          await rollBack(world, stage, "controlled"),
          "the controlled rollback can be run again",
        ) ??
        (await nothingChanged(stage, before, expected))
      );
    },
  },
);

/** The column that marks is the document's; a release that marks elsewhere shows it in what the second run logs. */
async function unmarked(stage: Stage): Promise<Violation | undefined> {
  const show = `SELECT to_jsonb(organizations) ->> 'rollback_marker' AS rollback_marker
FROM organizations WHERE id = '${later.id}'`;
  const [row] = await stage.query(show);
  const marker = row?.["rollback_marker"] ?? null;

  return marker === null
    ? undefined
    : stage.violation({
        expected: "the rollback_marker of an organization that is created later is NULL",
        got: "it is a time",
        show,
      });
}

export const migratesAfterControlled = property(
  "R6-controlled",
  "migrating after a controlled rollback works, ends in the catalog of a first migration, and keeps the numbers",
  {
    cost: "migration",
    given: { table: tables(3), calls: usageCalls() },
    async holds({ table, calls }, world: CreditsContext) {
      const stage = await world.baseline(table);
      await stage.apply(world.release.migrate);
      const first = await stage.catalog();
      await simulateUsage(stage, table.accounts, calls);
      const before = await stage.rows("public.organizations", NUMBERS);
      await rollBack(world, stage, "controlled");

      return (
        stage.refused(await stage.apply(world.release.migrate), "migrating again runs without an error") ??
        (await sameCatalog(stage, first, "the catalog is that of a first migration")) ??
        (await keepsNumbers(stage, before)) ??
        stage.refused(
          await rollBack(world, stage, "controlled"),
          "the controlled rollback runs without an error after that, too",
        ) ??
        (await uncallable(stage))
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
    cost: "once",
    given: {},
    async holds(_, world: CreditsContext) {
      const stage = await world.baseline(minimalTable());
      await stage.apply(world.release.migrate);
      await rollBack(world, stage, "controlled");
      for (const [index, { call }] of (await stage.query(KEPT_CALLS)).entries()) {
        await stage.attempt(
          "a view of the user's",
          `CREATE VIEW mine_${index} AS SELECT ${call} IS NULL AS unused`,
        );
      }
      await stage.apply(world.release.migrate);
      const before = await takeSnapshot(stage);
      const refused = firstError(await rollBack(world, stage, "controlled")) !== undefined;

      return refused ? await nothingChanged(stage, before, FAILED_ROLLBACK) : await uncallable(stage);
    },
  },
);

export const controlledAfterUsage = property(
  "R8-controlled",
  "after real use, too, the controlled rollback keeps the numbers and logs each organization once",
  {
    cost: "migration",
    given: { table: tables(3), calls: usageCalls() },
    async holds({ table, calls }, world: CreditsContext) {
      const stage = await world.baseline(table);
      await stage.apply(world.release.migrate);
      await simulateUsage(stage, table.accounts, calls);

      return await rollsBack(world, stage);
    },
  },
);
