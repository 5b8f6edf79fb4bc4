/** Rule X2: a rollback grants nothing, and what was revoked stays revoked. */
import { array, constantFrom, nat, option, subarray } from "fast-check";
import { formatInspection } from "../../harness/catalog/inspection.ts";
import { Inconclusive } from "../../harness/errors.ts";
import { property } from "../../harness/property/property.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { describeFailedStatement, firstError } from "../../harness/release/apply.ts";
import { findAddedGrants, type Grant, readGrants } from "../../harness/security/grants.ts";
import { textEvidence } from "./database/evidence.ts";
import { migrationStates, type RollbackKind, reachState, rollBack } from "./database/states.ts";
import { minimalTable, tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

/** A role of every server, to which no function of PostgreSQL is granted. */
const CALLER = "pg_signal_backend";

/** Grants to roles of every server, so that none has to be created. */
const GRANTS = [
  "GRANT UPDATE ON organizations TO pg_monitor;",
  "GRANT SELECT, UPDATE ON organizations TO pg_read_all_stats WITH GRANT OPTION;",
  "GRANT UPDATE (plan_name) ON organizations TO pg_read_all_settings;",
  "GRANT ALL ON credit_actions TO pg_monitor;",
  "GRANT SELECT ON organizations TO PUBLIC;",
  "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO pg_read_all_stats;",
];

const rollbacks = (minLength: number) =>
  array(constantFrom<RollbackKind[]>("emergency", "controlled"), { minLength, maxLength: 2 });

const migrated = { table: minimalTable(), grants: [], state: null, caller: null, calls: "all" as const };

export const grantsNothing = property("X2", "a rollback leaves no role more privileges than before", {
  caseKind: "migration",
  given: {
    table: tables(2),
    grants: subarray(GRANTS),
    state: option(migrationStates(), { freq: 2 }),
    caller: constantFrom<(string | null)[]>(null, CALLER, "PUBLIC"),
    calls: constantFrom<("all" | "first")[]>("first", "all"),
    kinds: rollbacks(1),
  },
  examples: [
    { ...migrated, kinds: ["controlled"], caller: CALLER, calls: "first" },
    { ...migrated, kinds: ["emergency"], caller: "PUBLIC" },
    { ...migrated, kinds: ["controlled"], caller: CALLER, grants: GRANTS },
    { ...migrated, kinds: ["controlled"], state: { created: true } },
  ],
  async holds({ table, grants, state, caller, calls, kinds }, context: CreditsContext) {
    const db = await context.baseline({ ...table, extras: [...(table.extras ?? []), ...grants] });
    const before = await readDatabaseGrants(db);
    const old = await readFunctions(db);
    await (state === null ? db.apply(context.release.lists.migrate) : reachState(context, db, state));
    if (caller !== null) {
      const added = (await readFunctions(db)).filter((name) => !old.includes(name));
      const called = calls === "all" ? added : added.slice(0, 1);
      const sql = called.map((name) => `GRANT EXECUTE ON ${name} TO ${caller};`);
      await prepareAll(db, "roles that may call them", sql);
    }

    for (const [index, kind] of kinds.entries()) {
      const failed = firstError(await rollBack(context, db, kind));
      if (failed !== undefined) {
        // Whether a rollback must succeed is for rules R1 to R5.
        if (state !== null || index > 0) return undefined;
        const what = `the ${kind} rollback cannot be applied: ${describeFailedStatement(failed)}`;
        throw new Inconclusive(what, { blocked: true });
      }
      const more = findAddedGrants(before, await readDatabaseGrants(db));
      const expected = `after the ${kind} rollback no more is granted than before the migration`;
      if (more.length > 0) return more.map((grant) => grantViolation(db, grant, expected, kind));
    }

    return undefined;
  },
});

/** Indexes of all functions that a migration adds. */
const EVERY = Array.from({ length: 10 }, (_, index) => index);

export const staysRevoked = property("X2-again", "what was revoked from PUBLIC stays revoked", {
  caseKind: "migration",
  given: {
    table: tables(2),
    grants: subarray(GRANTS),
    revoked: array(nat({ max: 9 }), { minLength: 1, maxLength: 3 }),
    kinds: rollbacks(0),
  },
  examples: [
    { table: minimalTable(), grants: [], revoked: EVERY, kinds: ["controlled"] },
    { table: minimalTable(), grants: [], revoked: EVERY, kinds: ["emergency"] },
  ],
  async holds({ table, grants, revoked, kinds }, context: CreditsContext) {
    const db = await context.baseline({ ...table, extras: [...(table.extras ?? []), ...grants] });
    const old = await readFunctions(db);
    await db.apply(context.release.lists.migrate);
    const added = (await readFunctions(db)).filter((name) => !old.includes(name));
    const chosen = added.filter((_, index) => revoked.some((number) => number % added.length === index));
    const sql = chosen.map((name) => `REVOKE ALL ON ${name} FROM PUBLIC;`);
    await prepareAll(db, "PUBLIC may not call them", sql);

    for (const step of [...kinds, "second migration"] as const) {
      await (step === "second migration" ? db.apply(context.release.lists.migrate) : rollBack(context, db, step));
      const open = (await readDatabaseGrants(db)).filter(
        ({ object, grantee }) => grantee === "PUBLIC" && chosen.includes(object),
      );
      const expected = `what was revoked from PUBLIC stays revoked after the ${step}`;
      if (open.length > 0) return open.map((grant) => grantViolation(db, grant, expected, step));
    }

    return undefined;
  },
});

async function readDatabaseGrants(db: RecordedDatabase): Promise<readonly Grant[]> {
  return await readGrants(async (sql, values) => ({ rows: [...(await db.query(sql, values))] }));
}

/** Functions and procedures, as GRANT names them. */
async function readFunctions(db: RecordedDatabase): Promise<readonly string[]> {
  const rows = await db.query(`SELECT object.type || ' ' || object.identity AS name
FROM pg_proc AS p CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS object
WHERE p.oid >= 16384 AND p.prokind IN ('f', 'p') ORDER BY 1`);

  return rows.map((row) => row["name"] ?? "");
}

async function prepareAll(db: RecordedDatabase, title: string, sql: readonly string[]): Promise<void> {
  if (sql.length > 0) await db.prepare(title, sql.join("\n"));
}

function grantViolation(
  db: RecordedDatabase,
  { object, grantee, privilege, grantable }: Grant,
  expected: string,
  after: string,
): Violation {
  const shown = object.replace(/^table column /, "column ");

  return db.violation({
    kind: `${after}: ${privilege} on ${object.split(" ", 1)[0]}`,
    expected,
    got: `${grantee} has ${privilege} on ${object}${grantable ? ", and may grant it on" : ""}`,
    show: formatInspection({ kind: "changed", object: shown, property: "grants" }),
    // PUBLIC comes first in an access control list.
    evidence: textEvidence([grantee === "PUBLIC" ? "{=" : `${grantee}=`]),
    hint: "Revoke what PostgreSQL grants by default, wherever a function is created or renamed",
  });
}
