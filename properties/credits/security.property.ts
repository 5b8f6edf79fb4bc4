/** Rules X1 to X3: nobody gets the owner's rights, a rollback grants nothing, and the caller's path decides nothing. */
import { type Arbitrary, array, constant, constantFrom, nat, oneof, option, subarray } from "fast-check";
import { showing } from "../../harness/catalog/inspection.ts";
import { Inconclusive } from "../../harness/errors.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { describeFailedStatement, firstError } from "../../harness/release/apply.ts";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import {
  type FunctionDependencies,
  readFunctionDependencies,
} from "../../harness/security/function-dependencies.ts";
import { findAddedGrants, type Grant, readGrants } from "../../harness/security/grants.ts";
import {
  type AttackPlan,
  findEscalations,
  findUncallable,
} from "../../harness/security/privilege-escalation.ts";
import { generateRoleName } from "../../harness/security/unprivileged-role.ts";
import { SAMPLES, shadowRows, TARGET } from "./database/attack-samples.ts";
import { callers, compareCallerPaths } from "./database/caller-path.ts";
import { escalationViolation } from "./database/escalation-violation.ts";
import { callSql, insertOrganizations } from "./database/sql.ts";
import { migrationStates, type RollbackKind, reachState, rollBack } from "./database/states.ts";
import {
  allocationCalls,
  availabilityCalls,
  consumptionCalls,
  type Intent,
  nonPositiveCredits,
  organizations,
  resolveCalls,
} from "./model/arbitraries.ts";
import { minimalTable, tables } from "./model/baseline-tables.ts";
import type { CreditsContext } from "./world.ts";

export const pinnedPath = property(
  "X1",
  "no SECURITY DEFINER function reads, writes or runs an object of a role that may only execute it",
  {
    caseKind: "once",
    given: { organization: constant(TARGET) },
    async holds({ organization }, context: CreditsContext) {
      const session = await context.player();
      const intruder = generateRoleName();
      const plan: AttackPlan = {
        role: intruder,
        setup: [insertOrganizations([organization])],
        dependencies: await surroundingsOf(context),
        samples: SAMPLES,
        rows: shadowRows([organization.id]),
      };
      const found = await findEscalations(session, plan);
      const [closed] = findUncallable(plan);
      if (found.length === 0 && closed !== undefined) {
        throw new Inconclusive(
          `no statement can call ${closed.signature}, which runs with its owner's rights`,
        );
      }

      const script = context.script([organization], [], "").slice(0, -1);

      return plainlyNamed(intruder, await escalationViolation(session, plan, found, script));
    },
  },
);

/** What the functions of a context reach for is the same in all of its cases. */
const known = new WeakMap<CreditsContext, Promise<FunctionDependencies>>();

async function surroundingsOf(context: CreditsContext): Promise<FunctionDependencies> {
  const surroundings = known.get(context) ?? readFunctionDependencies(await context.player());
  known.set(context, surroundings);

  return await surroundings;
}

/** A role that every server has, and that no function of PostgreSQL's is granted to. */
const CALLER = "pg_signal_backend";

/** Roles that every server has: none has to be made, and none is left. */
const GRANTS = [
  "GRANT UPDATE ON organizations TO pg_monitor;",
  "GRANT SELECT, UPDATE ON organizations TO pg_read_all_stats WITH GRANT OPTION;",
  "GRANT UPDATE (plan_name) ON organizations TO pg_read_all_settings;",
  "GRANT ALL ON credit_actions TO pg_monitor;",
  "GRANT SELECT ON organizations TO PUBLIC;",
  "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO pg_read_all_stats;",
];

const rollbacks = (minLength: number) =>
  array(constantFrom<RollbackKind[]>("emergency", "controlled"), { minLength, maxLength: 2 });

const migratedWhole = { table: minimalTable(), grants: [], state: null, caller: null, calls: "all" as const };

export const grantsNothing = property(
  "X2",
  "after a rollback, from every state, nothing more is granted to anyone than before the migration",
  {
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
      { ...migratedWhole, kinds: ["controlled"], caller: CALLER, calls: "first" },
      { ...migratedWhole, kinds: ["emergency"], caller: "PUBLIC" },
      { ...migratedWhole, kinds: ["controlled"], caller: CALLER, grants: GRANTS },
      { ...migratedWhole, kinds: ["controlled"], state: { created: true } },
    ],
    async holds({ table, grants, state, caller, calls, kinds }, context: CreditsContext) {
      const db = await context.baseline({ ...table, extras: [...(table.extras ?? []), ...grants] });
      const before = await grantsIn(db);
      const old = await functionsIn(db);
      await (state === null ? db.apply(context.release.migrate) : reachState(context, db, state));
      if (caller !== null) {
        const added = (await functionsIn(db)).filter((name) => !old.includes(name));
        const called = calls === "all" ? added : added.slice(0, 1);
        await each(db, "whoever calls them", called, (name) => `GRANT EXECUTE ON ${name} TO ${caller};`);
      }

      for (const [index, kind] of kinds.entries()) {
        const refused = firstError(await rollBack(context, db, kind));
        if (refused !== undefined) {
          // A rollback that does not go through is none: rules R1 to R5 say from where it must.
          if (state === null && index === 0) {
            throw new Inconclusive(
              `the ${kind} rollback cannot be applied: ${describeFailedStatement(refused)}`,
              {
                blocked: true,
              },
            );
          }

          return undefined;
        }
        const [more] = findAddedGrants(before, await grantsIn(db));
        if (more !== undefined) {
          return granted(db, more, `after the ${kind} rollback no more is granted than before the migration`);
        }
      }

      return undefined;
    },
  },
);

/** Of however many functions a migration adds. */
const EVERY = Array.from({ length: 10 }, (_, index) => index);

export const staysRevoked = property(
  "X2-again",
  "what was revoked from PUBLIC stays revoked through rollbacks and a second migration",
  {
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
      const old = await functionsIn(db);
      await db.apply(context.release.migrate);
      const added = (await functionsIn(db)).filter((name) => !old.includes(name));
      const chosen = added.filter((_, index) => revoked.some((number) => number % added.length === index));
      await each(
        db,
        "nobody but those who are named",
        chosen,
        (name) => `REVOKE ALL ON ${name} FROM PUBLIC;`,
      );

      for (const step of [...kinds, "second migration"] as const) {
        await (step === "second migration" ? db.apply(context.release.migrate) : rollBack(context, db, step));
        const open = (await grantsIn(db)).find(
          ({ object, grantee }) => grantee === "PUBLIC" && chosen.includes(object),
        );
        if (open !== undefined) {
          return granted(db, open, `what was revoked from PUBLIC stays revoked after the ${step}`);
        }
      }

      return undefined;
    },
  },
);

async function grantsIn(db: RecordedDatabase): Promise<readonly Grant[]> {
  return await readGrants(async (sql, values) => ({ rows: [...(await db.query(sql, values))] }));
}

/** Functions and procedures, as GRANT names them and as grants are told. */
async function functionsIn(db: RecordedDatabase): Promise<readonly string[]> {
  const rows = await db.query(`SELECT object.type || ' ' || object.identity AS name
FROM pg_proc AS p CROSS JOIN LATERAL pg_identify_object('pg_proc'::regclass, p.oid, 0) AS object
WHERE p.oid >= 16384 AND p.prokind IN ('f', 'p') ORDER BY 1`);

  return rows.map((row) => row["name"] ?? "");
}

async function each(
  db: RecordedDatabase,
  title: string,
  names: readonly string[],
  sql: (name: string) => string,
): Promise<void> {
  if (names.length > 0) {
    await db.prepare(title, names.map(sql).join("\n"));
  }
}

function granted(
  db: RecordedDatabase,
  { object, grantee, privilege, grantable }: Grant,
  expected: string,
): Violation {
  const shown = object.replace(/^table column /, "column ");

  return db.violation({
    expected,
    got: `${grantee} has ${privilege} on ${object}${grantable ? ", and may grant it on" : ""}`,
    show: showing({ kind: "changed", object: shown, property: "grants" }),
    hint: "Revoke what PostgreSQL grants by itself, wherever a function is made or renamed",
  });
}

export const samePath = property(
  "X3",
  "neither the result nor the target of a call depends on the caller's search_path",
  {
    // A case makes some hundred objects that lie in wait.
    caseKind: "schedule",
    given: {
      organizations: organizations(2),
      calls: array(
        oneof(
          availabilityCalls(),
          consumptionCalls(),
          allocationCalls(),
          consumptionCalls(nonPositiveCredits()),
          oddCalls(),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      caller: callers(),
    },
    examples: [
      {
        organizations: [TARGET],
        calls: [{ kind: "consume", organization: 0, type: "ai", credits: 1 }],
        caller: { path: '"$user", public', inTemp: ["table"], inOwn: [] },
      },
    ],
    async holds({ organizations: list, calls, caller }, context: CreditsContext) {
      const session = await context.player();
      const name = generateRoleName();
      const visit = {
        name,
        surroundings: await surroundingsOf(context),
        organizations: list,
        calls: resolveCalls(list, calls).map((call) => callSql(call).replace("SELECT ", "SELECT public.")),
      };

      const script = context.script(list, [], "").slice(0, -1);

      return plainlyNamed(name, await compareCallerPaths(session, visit, caller, script));
    },
  },
);

/** On a server of one's own any name will do, and the same seed is to write the same script. */
function plainlyNamed(name: string, violation: Violation | undefined): Violation | undefined {
  const plain = (text: string): string => text.replaceAll(name, "intruder");

  return violation === undefined
    ? undefined
    : {
        ...violation,
        expected: plain(violation.expected),
        got: plain(violation.got),
        script: violation.script.map((part) => ({ ...part, title: plain(part.title), sql: plain(part.sql) })),
      };
}

/** Questions and calls about what nobody knows. */
function oddCalls(): Arbitrary<Intent> {
  return constantFrom<Intent[]>(
    { kind: "available", organization: "unknown", type: "ai" },
    { kind: "available", organization: null, type: null },
    { kind: "allocate", organization: "unknown", plan: "premium" },
    { kind: "consume", organization: 0, type: "gold", credits: 1 },
    { kind: "consume", organization: null, type: "ai", credits: 1 },
  );
}
