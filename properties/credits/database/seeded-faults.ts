/** Seeds faults of the kinds that the verification queries look for. */
import { escapeIdentifier } from "pg";
import type { CreditSchema } from "../model/credit-schema.ts";
import { CREDIT_TYPES, type CreditType, type Organization } from "../model/model.ts";
import { literal } from "./sql.ts";

export interface SeededFault {
  readonly fault:
    | "unallocated"
    | "wrong allocation"
    | "missing constraint"
    | "violated constraint"
    | "null"
    | "lost log row";
  readonly type: CreditType;
  /** The error of a wrong allocation; of a lost log row: 0 without an organization, 1 with one that is gone. */
  readonly by: number;
}

/** The id of a lost log row; no count has this value by chance. */
const LOST_NUMBER = "918273645";

function lostId({ actions }: CreditSchema): string {
  return actions.get("id") === "uuid" ? `00000000-0000-4000-8000-000${LOST_NUMBER}` : LOST_NUMBER;
}

/** The statements that seed the fault in an organization that has used nothing. */
export function seedFaultSql(
  { fault, type, by }: SeededFault,
  { id, numbers }: Organization,
  schema: CreditSchema,
): readonly string[] {
  const lost = schema.actions.get("id") === "uuid" ? literal(lostId(schema)) : lostId(schema);
  const { isAlways, mayLackOrganization, foreignKeys } = schema.log;
  const where = `WHERE id = ${literal(id)}`;
  const limit = `check_${type}_credits_limit`;

  switch (fault) {
    case "unallocated":
      return [`UPDATE organizations SET ${CREDIT_TYPES.map((each) => `${each}_credits = 0`).join(", ")} ${where}`];
    case "wrong allocation":
      return [`UPDATE organizations SET ${type}_credits = ${numbers.allocated[type] + by} ${where}`];
    case "missing constraint":
      return [`ALTER TABLE organizations DROP CONSTRAINT ${limit}`];
    case "violated constraint":
      return [
        `ALTER TABLE organizations DROP CONSTRAINT ${limit}`,
        `UPDATE organizations SET ${type}_used_credits = ${type}_credits + 1 ${where}`,
        `ALTER TABLE organizations ADD CONSTRAINT ${limit} CHECK (${type}_used_credits <= ${type}_credits) NOT VALID`,
      ];
    case "null":
      return [
        `ALTER TABLE organizations ALTER COLUMN ${type}_credits DROP NOT NULL`,
        `UPDATE organizations SET ${type}_credits = NULL ${where}`,
      ];
    case "lost log row":
      return [
        ...(by === 0
          ? []
          : foreignKeys.map((key) => `ALTER TABLE credit_actions DROP CONSTRAINT ${escapeIdentifier(key)}`)),
        ...(by === 0 && !mayLackOrganization
          ? ["ALTER TABLE credit_actions ALTER COLUMN organization_id DROP NOT NULL"]
          : []),
        `INSERT INTO credit_actions (id, organization_id, action_type, credits_consumed, description, created_at)
${isAlways ? "OVERRIDING SYSTEM VALUE " : ""}VALUES (${lost}, ${by === 0 ? "NULL" : "'dddddddd-dddd-4ddd-8ddd-dddddddddddd'"}, 'ai_consumption', 1, 'Lost', NOW())`,
      ];
  }
}

/** The kind of fault. Which credit type it is in makes no difference to a verification that looks for it. */
export function nameSeededFault({ fault, by }: SeededFault): string {
  switch (fault) {
    case "wrong allocation":
      return by > 0 ? "allocation too high" : "allocation too low";
    case "lost log row":
      return by === 0 ? "log row without organization" : "log row of a lost organization";
    default:
      return fault;
  }
}

/** The text by which a row names the fault. */
export function faultMarker({ fault, type }: SeededFault, { id }: Organization, schema: CreditSchema): string {
  switch (fault) {
    case "missing constraint":
      return `check_${type}_credits_limit`;
    case "lost log row":
      return lostId(schema);
    default:
      return id;
  }
}

/** The fault as a clause. */
export function describeSeededFault(seeded: SeededFault, victim: Organization, schema: CreditSchema): string {
  const { fault, type, by } = seeded;
  const { allocated } = victim.numbers;
  const wrong: Readonly<Record<SeededFault["fault"], string>> = {
    unallocated: "which has no credits",
    "wrong allocation": `which has ${allocated[type] + by} ${type} credits instead of ${allocated[type]}`,
    "missing constraint": "which is missing",
    "violated constraint": `which has used more ${type} credits than it has`,
    null: `whose ${type}_credits are NULL`,
    "lost log row": `a log row whose organization is ${by === 0 ? "NULL" : "gone"}`,
  };

  return `${faultMarker(seeded, victim, schema)} (${wrong[fault]})`;
}
