/** Rules R5, R6 and R8 for the controlled rollback: it keeps the numbers, removes the functions, and allows migrating again. */
import { subarray } from "fast-check";
import type { CatalogDifference } from "../../harness/catalog/difference.ts";
import { nameSqlError } from "../../harness/property/kind.ts";
import { listViolations, property, type Violations } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { firstError } from "../../harness/release/apply.ts";
import { formatSqlError } from "../../harness/security/unprivileged-role.ts";
import { errorEvidence, textEvidence } from "./database/evidence.ts";
import { readMigratedIds } from "./database/migrated.ts";
import { simulateUsage, usageCalls } from "./database/simulate-usage.ts";
import {
  type CreditSnapshot,
  differencesViolation,
  FAILED_ROLLBACK,
  isPartOf,
  nothingChanged,
  readCreditSnapshot,
  sameCatalog,
  snapshotDifferences,
} from "./database/snapshot.ts";
import { callSql, insertAccounts, LOG_SQL, NUMBER_COLUMNS } from "./database/sql.ts";
import { migrationStates, reachState, rollBack, STATE_EXAMPLES } from "./database/states.ts";
import { minimalTable, tables } from "./model/baseline-tables.ts";
import { sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

const later = sampleAccount(90, { name: "Later" });

const CALLS = [
  callSql({ kind: "allocate", organization: later.id, plan: "custom" }),
  callSql({ kind: "available", organization: later.id, type: "ai" }),
  callSql({ kind: "consume", organization: later.id, type: "ai", credits: 1 }),
];

/** Rolls back for the first time, and checks all of rule R5. */
async function checkRollback(context: CreditsContext, db: RecordedDatabase): Promise<Violations> {
  const migrated = await readMigratedIds(db);
  const before = await readCreditSnapshot(db, context.schema);
  const failed = db.findErrors(
    await rollBack(context, db, "controlled"),
    "the controlled rollback runs without an error",
  );
  if (failed.length > 0) return failed;

  return (
    (await keepsNumbers(db, before)) ??
    (await checkUncallable(db)) ??
    (await logsOnce(db, migrated, "one rollback row for each organization that was migrated"))
  );
}

async function keepsNumbers(db: RecordedDatabase, before: CreditSnapshot): Promise<Violation | undefined> {
  const changed = snapshotDifferences(before, await readCreditSnapshot(db, before)).filter(changesNumbers);

  return differencesViolation(db, changed, "the eight numbers of every organization stay as they were");
}

/** An organization that was added or removed, one of its numbers that was changed, or a column of numbers that is gone. */
function changesNumbers({ kind, object, property }: CatalogDifference): boolean {
  if (NUMBER_COLUMNS.some((column) => isPartOf("column", `organizations.${column}$`, object)))
    return kind === "removed";

  return isPartOf("row", "organizations ", object) && (property === undefined || NUMBER_COLUMNS.includes(property));
}

/** Every call raises undefined_function (42883); no other error means that the function is gone. */
async function checkUncallable(db: RecordedDatabase): Promise<Violation | undefined> {
  for (const call of CALLS) {
    const { error } = await db.session.tryExecute(call);
    if (error?.code !== "42883") {
      return db.violation({
        kind: error === undefined ? "function can be called" : `call: ${nameSqlError(error)}`,
        expected: "the function cannot be called by its public name any more",
        got: error === undefined ? "it can be called" : formatSqlError(error),
        show: call,
        evidence: error === undefined ? { shows: "rows", count: 1 } : errorEvidence(error),
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
  const rows = await db.query("SELECT organization_id FROM credit_actions WHERE action_type = 'rollback' ORDER BY 1");
  const logged = rows.map((row) => row["organization_id"] ?? "NULL");
  const right = [...migrated].sort();

  return JSON.stringify(logged) === JSON.stringify(right)
    ? undefined
    : db.violation({
        kind: nameWrongRollbackRows(logged, migrated),
        expected: `${expected}: ${right.join(", ") || "none"}`,
        got: `rollback rows for ${logged.join(", ") || "none"}`,
        show: LOG_SQL,
        hint: "Mark and log only organizations that were migrated, and only once",
        evidence: {
          shows: "text",
          present: logged.map((id) => `${id} | rollback`),
          absent: right.filter((id) => !logged.includes(id)).map((id) => `${id} | rollback`),
        },
      });
}

function nameWrongRollbackRows(logged: readonly string[], migrated: ReadonlySet<string>): string {
  if (logged.some((id) => !migrated.has(id))) return "logs what was never migrated";

  return new Set(logged).size < logged.length ? "logs more than once" : "logs too few";
}

export const controlledRollback = property("R5", "the controlled rollback keeps numbers, removes functions", {
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
        "roles that may call the functions",
        `GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${context.schema.namespace} TO ${callers.join(", ")}`,
      );
    }

    return await checkRollback(context, db);
  },
});

export const rollsBackTwice = property("R5-again", "a second controlled rollback changes nothing", {
  caseKind: "migration",
  given: { table: tables(2) },
  async holds({ table }, context: CreditsContext) {
    const db = await context.migrate(table);
    await rollBack(context, db, "controlled");
    await db.prepare("an organization that is created later", insertAccounts([later], context.schema));
    const before = await readCreditSnapshot(db, context.schema);

    const marked = await checkUnmarked(db);
    const again = db.findErrors(await rollBack(context, db, "controlled"), "the controlled rollback can be run again");
    const changed = await nothingChanged(db, before, "the second time changes nothing");

    return [marked, again, changed].flatMap(listViolations);
  },
});

/** The marker column is the document's; a release that marks elsewhere reveals it in what the second run logs. */
async function checkUnmarked(db: RecordedDatabase): Promise<Violation | undefined> {
  const show = `SELECT to_jsonb(organizations) ->> 'rollback_marker' AS rollback_marker
FROM organizations WHERE id = '${later.id}'`;
  const [row] = await db.query(show);
  const marker = row?.["rollback_marker"] ?? null;

  return marker === null
    ? undefined
    : db.violation({
        kind: "later organization is marked",
        expected: "the rollback_marker of an organization that is created later is NULL",
        got: "it is a time",
        show,
        // The year: the time itself differs in each run.
        evidence: textEvidence([marker.slice(0, 4)]),
      });
}

export const restoredNumbers = property("R6-controlled", "migrating after a controlled rollback keeps the numbers", {
  caseKind: "migration",
  given: { table: tables(3), calls: usageCalls() },
  async holds({ table, calls }, context: CreditsContext) {
    const db = await context.migrate(table);
    const first = await db.catalog();
    await simulateUsage(db, table.accounts, calls);
    const before = await readCreditSnapshot(db, context.schema);
    await rollBack(context, db, "controlled");

    return (
      db.findError(await db.apply(context.release.lists.migrate), "migrating again runs without an error") ??
      (await sameCatalog(db, first, "the catalog is that of a first migration")) ??
      (await keepsNumbers(db, before)) ??
      db.findError(
        await rollBack(context, db, "controlled"),
        "the controlled rollback runs without an error after that, too",
      ) ??
      (await checkUncallable(db))
    );
  },
});

/** The functions that a rollback has renamed, as calls that a view can contain. */
const KEPT_CALLS = `SELECT format('%s(%s)', p.oid::regproc,
  (SELECT string_agg(format('NULL::%s', format_type(type, NULL)), ', ') FROM unnest(p.proargtypes) AS type)) AS call
FROM pg_proc AS p
WHERE pg_function_is_visible(p.oid) AND p.oid >= 16384 AND p.prokind = 'f' AND p.proname ~ '(allocate|available|consume)'
ORDER BY 1`;

export const blockedRollback = property(
  "R5-blocked",
  "blocked by a view, the controlled rollback does all or nothing",
  {
    caseKind: "once",
    given: {},
    async holds(_, context: CreditsContext) {
      const db = await context.migrate(minimalTable());
      await rollBack(context, db, "controlled");
      for (const [index, { call }] of (await db.query(KEPT_CALLS)).entries()) {
        await db.attempt(
          "a view of the user's",
          `CREATE VIEW plumbline_mine_${index} AS SELECT ${call} IS NULL AS unused`,
        );
      }
      await db.apply(context.release.lists.migrate);
      const before = await readCreditSnapshot(db, context.schema);
      const failed = firstError(await rollBack(context, db, "controlled")) !== undefined;

      return failed ? await nothingChanged(db, before, FAILED_ROLLBACK) : await checkUncallable(db);
    },
  },
);

export const rollbackAfterUse = property(
  "R8-controlled",
  "after usage, too, the controlled rollback keeps the numbers",
  {
    caseKind: "migration",
    given: { table: tables(3), calls: usageCalls() },
    async holds({ table, calls }, context: CreditsContext) {
      const db = await context.migrate(table);
      await simulateUsage(db, table.accounts, calls);

      return await checkRollback(context, db);
    },
  },
);
