/** Rules X1 and X3: no role gets the owner's rights, and the caller's path has no effect. */
import { type Arbitrary, array, constant, constantFrom, oneof } from "fast-check";
import { Inconclusive } from "../../harness/errors.ts";
import { property } from "../../harness/property/property.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { type FunctionDependencies, readFunctionDependencies } from "../../harness/security/function-dependencies.ts";
import { type AttackPlan, findEscalations, findUncallable } from "../../harness/security/privilege-escalation.ts";
import { generateRoleName } from "../../harness/security/unprivileged-role.ts";
import { SAMPLES, shadowRows, TARGET } from "./database/attack-samples.ts";
import { type Caller, callers, compareCallerPaths } from "./database/caller-path.ts";
import { escalationViolations } from "./database/escalation-violation.ts";
import { once } from "./database/once.ts";
import { callSql, insertOrganizations } from "./database/sql.ts";
import {
  allocationCalls,
  availabilityCalls,
  consumptionCalls,
  type Intent,
  nonPositiveCredits,
  organizations,
  resolveCalls,
} from "./model/arbitraries.ts";
import type { CreditsContext } from "./world.ts";

export const pinnedPath = property("X1", "no definer function uses an object of its caller", {
  caseKind: "once",
  given: { organization: constant(TARGET) },
  async holds({ organization }, context: CreditsContext) {
    const session = await context.player();
    const role = generateRoleName();
    const plan: AttackPlan = {
      role,
      setup: [...context.schema.disablePathTriggers, insertOrganizations([organization], context.schema)],
      dependencies: await readDependencies(context),
      samples: SAMPLES,
      rows: shadowRows([organization.id], context.schema),
    };
    const found = await findEscalations(session, plan);
    const [closed] = findUncallable(plan);
    if (found.length === 0 && closed !== undefined) {
      throw new Inconclusive(`no statement can call ${closed.signature}, which runs with its owner's rights`);
    }

    const violations = await escalationViolations(session, plan, found, context.setupScript([organization]));

    return violations.map((violation) => renameRole(role, violation));
  },
});

/** The functions of a context are the same in all of its cases. */
const known = new WeakMap<CreditsContext, Promise<FunctionDependencies>>();
const functionSchemas = new WeakMap<CreditsContext, Promise<string>>();

/** The schema in which a new session finds the functions, quoted. */
async function readFunctionSchema(context: CreditsContext): Promise<string> {
  return await once(functionSchemas, context, async () => {
    const [row] = await (await context.player()).query(
      `SELECT pronamespace::regnamespace::text AS schema FROM pg_proc
WHERE proname = 'consume_specific_credits' AND pg_function_is_visible(oid)`,
    );

    return row?.["schema"] ?? context.schema.namespace;
  });
}

async function readDependencies(context: CreditsContext): Promise<FunctionDependencies> {
  return await once(known, context, async () =>
    readFunctionDependencies(await context.player(), context.schema.functions),
  );
}

/** Each kind of object alone. */
const CALLERS: readonly Caller[] = [
  { path: '"$user", public', inTemp: ["table"], inOwn: [] },
  { path: "own, pg_catalog, public", inTemp: [], inOwn: ["function"] },
  { path: "own, pg_catalog, public", inTemp: [], inOwn: ["operator"] },
  { path: "own, pg_catalog, public", inTemp: [], inOwn: ["type"] },
  { path: "''", inTemp: [], inOwn: [] },
];

export const samePath = property("X3", "no call depends on the caller's search_path", {
  // A case creates some hundred shadow objects.
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
  examples: CALLERS.map((caller) => ({
    organizations: [TARGET],
    calls: [{ kind: "consume" as const, organization: 0, type: "ai", credits: 1 }],
    caller,
  })),
  async holds({ organizations: list, calls, caller }, context: CreditsContext) {
    const session = await context.player();
    const role = generateRoleName();
    const schema = await readFunctionSchema(context);
    const scenario = {
      role,
      dependencies: await readDependencies(context),
      schema: context.schema,
      organizations: list,
      calls: resolveCalls(list, calls).map((call) => callSql(call).replace("SELECT ", () => `SELECT ${schema}.`)),
    };

    const violations = await compareCallerPaths(session, scenario, caller, context.setupScript(list));

    return violations.map((violation) => renameRole(role, violation));
  },
});

/** Names the role always alike: the same seed writes the same script. */
function renameRole(name: string, violation: Violation): Violation {
  const plain = (text: string): string => text.replaceAll(name, "unprivileged");

  return {
    ...violation,
    expected: plain(violation.expected),
    got: plain(violation.got),
    script: violation.script.map((part) => ({ ...part, title: plain(part.title), sql: plain(part.sql) })),
  };
}

/** Calls with an unknown or NULL organization or type. */
function oddCalls(): Arbitrary<Intent> {
  return constantFrom<Intent[]>(
    { kind: "available", organization: "unknown", type: "ai" },
    { kind: "available", organization: null, type: null },
    { kind: "allocate", organization: "unknown", plan: "premium" },
    { kind: "consume", organization: 0, type: "gold", credits: 1 },
    { kind: "consume", organization: null, type: "ai", credits: 1 },
  );
}
