/** Rules M1, M5, M8: the result of the data migration, and its warnings, on any organizations. */
import { constant, constantFrom, oneof } from "fast-check";
import type { Notice } from "../../harness/database/session.ts";
import { property } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { type AppliedStatement, firstError } from "../../harness/release/apply.ts";
import { requireIndependence } from "./database/find-entanglement.ts";
import { findWrongAllocations, findWrongLog, readMigratedIds } from "./database/migrated.ts";
import { formatOutput, noticeViolation, outputEvidence } from "./database/notices.ts";
import { countDone } from "./database/progress-notices.ts";
import { accounts, numbers, wideTotals } from "./model/arbitraries.ts";
import { fullTable, minimalTable, setNumbersSql, tables } from "./model/baseline-tables.ts";
import { type CreditAccount, GREATEST_POOL, nthId, sampleAccount } from "./model/model.ts";
import type { CreditsContext } from "./world.ts";

export const migratesAll = property("M1", "every organization gets its allocation and one log row, once", {
  caseKind: "migration",
  given: { table: tables(8, { total: wideTotals() }), again: constantFrom(false, true) },
  examples: [
    // Found once: a plan in another spelling, and shares that are rounded up.
    { table: minimalTable({ planName: "Enterprise" }), again: false },
    { table: minimalTable({ totalCredits: 12_349 }), again: true },
    // A pool whose shares only wide columns hold, where the user's column holds it.
    { table: minimalTable({ totalCredits: GREATEST_POOL + 1 }), again: false },
  ],
  async holds({ table, again }, context: CreditsContext) {
    const db = await context.migrate(table);
    if (again) await db.apply([context.dataStep]);

    return await findWrongAllocations(db, table.accounts, context.schema);
  },
});

export const logsAll = property("M1-log", "the data migration logs allocations as a call does", {
  caseKind: "migration",
  given: { table: tables(4) },
  examples: [{ table: fullTable() }],
  async holds({ table }, context: CreditsContext) {
    const db = await context.migrate(table);

    return await findWrongLog(db, table.accounts);
  },
});

/** It has used more than any plan allocates. */
const OVERDRAWN = `UPDATE organizations SET email_credits = 30000, email_used_credits = 25000
WHERE id = '${nthId(0)}';`;

/** Where the columns are nullable. */
const INCOMPLETE = `UPDATE organizations SET ai_credits = NULL, sms_used_credits = NULL WHERE id = '${nthId(0)}';`;

/** No statement can update it. */
const IMMOVABLE = `CREATE FUNCTION plumbline_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this one stays as it is';
END$$;
CREATE TRIGGER plumbline_keep BEFORE UPDATE ON organizations
FOR EACH ROW WHEN (OLD.id = '${nthId(0)}') EXECUTE FUNCTION plumbline_keep();`;

/** The same of every organization. */
const ALL_OVERDRAWN = "UPDATE organizations SET email_credits = 30000, email_used_credits = 25000;";

/** An update of it fails only at commit. */
const REFUSED_LATE = `CREATE FUNCTION plumbline_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this one is not to change';
END$$;
CREATE CONSTRAINT TRIGGER plumbline_refuse AFTER UPDATE ON organizations DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (OLD.id = '${nthId(0)}') EXECUTE FUNCTION plumbline_refuse();`;

/** Statements that make the first organization odd before the data migration. */
const oddities = () =>
  oneof(
    { weight: 1, arbitrary: numbers().map((odd) => setNumbersSql(nthId(0), odd)) },
    {
      weight: 3,
      arbitrary: constantFrom(
        OVERDRAWN,
        `UPDATE organizations SET sms_credits = 900, sms_used_credits = 900 WHERE id = '${nthId(0)}';`,
        INCOMPLETE,
        `UPDATE organizations SET ai_credits = 7 WHERE id = '${nthId(0)}';`,
        `UPDATE organizations SET plan_name = repeat('x', 100000), name = repeat('%', 9000) WHERE id = '${nthId(0)}';`,
        `UPDATE organizations SET created_at = NULL, status = NULL, updated_at = NULL WHERE id = '${nthId(0)}';`,
        IMMOVABLE,
        REFUSED_LATE,
      ),
    },
  );

/** An odd organization and a plain one. */
const oddExamples = [OVERDRAWN, IMMOVABLE, REFUSED_LATE, INCOMPLETE].map((odd) => ({
  list: [sampleAccount(0), sampleAccount(1)],
  odd,
}));

/** Migrates after the statement that makes the first organization odd, if it succeeds. */
async function migrateOdd(
  context: CreditsContext,
  list: readonly CreditAccount[],
  odd: string,
): Promise<{ db: RecordedDatabase; applied: readonly AppliedStatement[]; notices: Notice[] }> {
  const db = await context.migrate({ accounts: list }, context.schemaSteps);
  await db.attempt("an odd organization", odd);
  const applied = await db.apply([context.dataStep]);

  return { db, applied, notices: applied.flatMap(({ result: outcome }) => outcome.notices) };
}

export const skipsOddRows = property("M5", "no odd organization blocks the migration", {
  caseKind: "migration",
  given: {
    list: accounts({ minLength: 2, maxLength: 5 }, { plan: constantFrom("custom", "premium") }),
    odd: oddities(),
  },
  examples: oddExamples,
  async holds({ list, odd }, context: CreditsContext) {
    requireIndependence(context.schema);
    const { db } = await migrateOdd(context, list, odd);

    return await findWrongAllocations(db, list.slice(1), context.schema);
  },
});

export const namesUnmigrated = property("M8", "a warning names each organization that stays unmigrated", {
  caseKind: "migration",
  given: {
    list: accounts({ minLength: 1, maxLength: 4 }, { plan: constantFrom("custom", "premium"), total: wideTotals() }),
    odd: oneof({ weight: 4, arbitrary: oddities() }, { weight: 1, arbitrary: constant(ALL_OVERDRAWN) }),
  },
  examples: [...oddExamples.slice(0, 1).map((one) => ({ ...one, odd: ALL_OVERDRAWN })), ...oddExamples],
  async holds({ list, odd }, context: CreditsContext) {
    const { db, applied, notices } = await migrateOdd(context, list, odd);
    const done = await readMigratedIds(db);
    const left = list.filter(({ id }) => !done.has(id));
    const silent = left.find(
      ({ id }) => !notices.some(({ severity, message }) => severity === "WARNING" && message.includes(id)),
    );
    const wronglyNamed = notices.find(
      ({ severity, message }) => severity === "WARNING" && [...done].some((id) => message.includes(id)),
    );
    const claimed = Math.max(0, ...countDone(notices));

    if (silent !== undefined) {
      return noticeViolation(context, db, {
        kind: firstError(applied) === undefined ? "unmigrated in silence" : "migration ends with an error",
        expected: `a warning names ${silent.id}, which stays without an allocation in the log`,
        got: formatOutput(applied),
        evidence: outputEvidence(applied),
      });
    }

    if (wronglyNamed !== undefined) {
      return noticeViolation(context, db, {
        kind: "warning names a migrated one",
        expected: "no warning names an organization that is migrated",
        got: formatOutput(applied),
        evidence: outputEvidence(applied),
      });
    }

    return claimed <= list.length - left.length
      ? undefined
      : noticeViolation(context, db, {
          kind: "counts what is not migrated",
          expected: `at most ${list.length - left.length} organizations are called processed`,
          got: `${claimed} are called so`,
          evidence: { shows: "messages", texts: [`Processed ${claimed}`], warnings: left.length },
        });
  },
});
