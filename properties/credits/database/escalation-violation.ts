/**
 * The attacks that worked as one violation: the first is shown by a script that leaves nothing behind, all are listed.
 */
import type { Session } from "../../../harness/database/session.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { ScriptPart } from "../../../harness/release/script-part.ts";
import {
  type AttackPlan,
  type Escalation,
  formatGainQuery,
  prepareAttack,
  shrinkEscalation,
} from "../../../harness/security/privilege-escalation.ts";
import { enterRole } from "../../../harness/security/unprivileged-role.ts";

const HINT =
  "Pin the path of each SECURITY DEFINER function (SET search_path = pg_catalog, pg_temp) and name every table with its schema";

/** Undefined where no attack worked. What runs code counts more than what writes, and that more than what reads. */
export async function escalationViolation(
  session: Session,
  plan: AttackPlan,
  found: readonly Escalation[],
  script: readonly ScriptPart[],
): Promise<Violation | undefined> {
  const worst =
    found.find(({ effect }) => effect === "ran") ??
    found.find(({ effect }) => effect === "wrote") ??
    found[0];
  if (worst === undefined) {
    return undefined;
  }
  const shown = await shrinkEscalation(session, plan, worst);

  return {
    expected:
      "a role that may only connect and execute the functions cannot make them use an object of its own",
    got: `${shown.definer.name} ${shown.description}; what works: ${listOf(found)}`,
    script: [...script, ...partsOf(plan, shown)],
    hint: HINT,
  };
}

/** `a trigger in pg_temp (f, g); a function in a schema of its own (f)` */
function listOf(found: readonly Escalation[]): string {
  const names = new Map<string, string[]>();
  for (const { attack, definer } of found) {
    const where = attack.schema === "pg_temp" ? "in pg_temp" : "in a schema of its own, put first";
    const what = `${attack.kind} ${where}`;
    names.set(what, [...(names.get(what) ?? []), definer.name]);
  }

  return [...names].map(([what, functions]) => `${what} (${functions.join(", ")})`).join("; ");
}

function partsOf(plan: AttackPlan, shown: Escalation): ScriptPart[] {
  const shows = [shown.call, formatGainQuery(plan, shown), "ROLLBACK;"].filter((sql) => sql !== undefined);

  return [
    {
      title:
        "a role that may only connect and execute the functions; it is gone after the ROLLBACK at the end",
      sql: ["BEGIN;", ...enterRole(plan.role, plan.dependencies)].join("\n"),
    },
    { title: "what the role makes", sql: prepareAttack(plan, shown.attack, shown.shadows).join("\n") },
    { title: "reproduces the violation", sql: shows.join("\n") },
  ];
}
