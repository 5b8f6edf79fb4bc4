/** Reports the attacks that worked as one violation: the script reproduces one of them, and leaves nothing behind. */
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
import { ROLE_TITLE } from "./caller-path.ts";

const HINT =
  "Pin the path of each SECURITY DEFINER function (SET search_path = pg_catalog, pg_temp) and name every table with its schema";

/** Undefined where no attack worked. Running code is worse than writing, and that is worse than reading. */
export async function escalationViolation(
  session: Session,
  plan: AttackPlan,
  found: readonly Escalation[],
  script: readonly ScriptPart[],
): Promise<Violation | undefined> {
  const worst =
    found.find(({ effect }) => effect === "ran") ?? found.find(({ effect }) => effect === "wrote") ?? found[0];
  if (worst === undefined) return undefined;
  const shown = await shrinkEscalation(session, plan, worst);

  return {
    expected: "a role that may only connect and execute the functions cannot make them use an object of its own",
    got: `${shown.definer.name} ${shown.description}; what works: ${listEscalations(found)}`,
    script: [...script, ...attackParts(plan, shown)],
    hint: HINT,
    evidence: { shows: "rows" },
  };
}

/** `a trigger in pg_temp (f, g); a function in a schema of its own, put first (f)` */
function listEscalations(found: readonly Escalation[]): string {
  const names = new Map<string, string[]>();
  for (const { attack, definer } of found) {
    const where = attack.schema === "pg_temp" ? "in pg_temp" : "in a schema of its own, put first";
    const what = `${attack.kind} ${where}`;
    names.set(what, [...(names.get(what) ?? []), definer.name]);
  }

  return [...names].map(([what, functions]) => `${what} (${functions.join(", ")})`).join("; ");
}

function attackParts(plan: AttackPlan, shown: Escalation): ScriptPart[] {
  const shows = [shown.call, formatGainQuery(plan, shown), "ROLLBACK;"].filter((sql) => sql !== undefined);

  return [
    { title: ROLE_TITLE, sql: ["BEGIN;", ...enterRole(plan.role, plan.dependencies)].join("\n") },
    { title: "what the role makes", sql: prepareAttack(plan, shown.attack, shown.shadows).join("\n") },
    { title: "reproduces the violation", sql: shows.join("\n") },
  ];
}
