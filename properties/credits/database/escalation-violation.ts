/** Reports the attacks that worked, a violation for each function: the script reproduces one, and leaves nothing behind. */
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

/** Each function is pinned by itself, so each that is not is a fault. */
export async function escalationViolations(
  session: Session,
  plan: AttackPlan,
  found: readonly Escalation[],
  script: readonly ScriptPart[],
): Promise<readonly Violation[]> {
  const violations: Violation[] = [];
  for (const name of new Set(found.map(({ definer }) => definer.name))) {
    const ofFunction = found.filter(({ definer }) => definer.name === name);
    violations.push(...(await functionViolation(session, plan, ofFunction, script)));
  }

  return violations;
}

/** Running code is worse than writing, and that is worse than reading. */
async function functionViolation(
  session: Session,
  plan: AttackPlan,
  found: readonly Escalation[],
  script: readonly ScriptPart[],
): Promise<readonly Violation[]> {
  const worst =
    found.find(({ effect }) => effect === "ran") ?? found.find(({ effect }) => effect === "wrote") ?? found[0];
  if (worst === undefined) return [];
  const shown = await shrinkEscalation(session, plan, worst);

  const violation: Violation = {
    kind: shown.definer.name.replace(/^.*\./, ""),
    subject: shown.definer.name,
    expected: "a role that may only connect and execute the functions cannot make them use an object of its own",
    got: `${shown.definer.name} ${shown.description}; what works: ${listEscalations(found)}`,
    script: [...script, ...attackParts(plan, shown)],
    hint: HINT,
    evidence: { shows: "rows" },
  };

  return [violation];
}

/** `trigger in pg_temp; function in a schema of its own, put first` */
function listEscalations(found: readonly Escalation[]): string {
  const attacks = found.map(({ attack: { kind, schema } }) =>
    schema === "pg_temp" ? `${kind} in pg_temp` : `${kind} in a schema of its own, put first`,
  );

  return [...new Set(attacks)].join("; ");
}

function attackParts(plan: AttackPlan, shown: Escalation): ScriptPart[] {
  const shows = [shown.call, formatGainQuery(plan, shown), "ROLLBACK;"].filter((sql) => sql !== undefined);

  return [
    { title: ROLE_TITLE, sql: ["BEGIN;", ...enterRole(plan.role, plan.dependencies)].join("\n") },
    { title: "what the role makes", sql: prepareAttack(plan, shown.attack, shown.shadows).join("\n") },
    { title: "reproduces the violation", sql: shows.join("\n") },
  ];
}
