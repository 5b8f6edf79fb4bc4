/**
 * The calls of the load, and the plain statement that does the same work: both are one statement, so one transaction
 * and one round trip, and what the function costs is all that is between them. Each uses one credit, so that credits
 * can be counted as calls.
 */
import { CREDIT_TYPES, type CreditType } from "../../properties/credits/model/model.ts";

export type CallKind = "consume" | "plain";

/** More than any load can use, so that every call must succeed. */
export const ALLOCATED = 1_000_000_000;

/** The statements of a kind, one of each credit type. @param number the placeholder for the organization's number */
export function statementsOf(kind: CallKind, number: string): readonly string[] {
  return CREDIT_TYPES.map((type) => (kind === "consume" ? consumeSql : plainSql)(type, number));
}

/** The script of pgbench: any of the organizations, any of the types. */
export function pgbenchScript(kind: CallKind, organizations: number): string {
  const choices = statementsOf(kind, ":number").map(
    (statement, index) => `${index === 0 ? "\\if" : "\\elif"} :type = ${index}\n${statement};\n`,
  );

  return `\\set number random(1, ${organizations})\n\\set type random(0, ${choices.length - 1})\n${choices.join("")}\\endif\n`;
}

/** Statements that leave so many organizations that have used nothing, and an empty log. */
export function freshSql(organizations: number): readonly string[] {
  const columns = CREDIT_TYPES.map((type) => `${type}_credits`);

  return [
    "TRUNCATE organizations, credit_actions CASCADE",
    `INSERT INTO organizations (id, name, plan_name, total_credits, ${columns.join(", ")})
SELECT ${idSql("number")}, 'Load', 'enterprise', 0, ${columns.map(() => ALLOCATED).join(", ")}
FROM generate_series(1, ${organizations}) AS number`,
    // Each on its own: VACUUM runs in no transaction.
    "VACUUM (ANALYZE) organizations",
    "VACUUM (ANALYZE) credit_actions",
  ];
}

function consumeSql(type: CreditType, number: string): string {
  return `SELECT consume_specific_credits(${idSql(number)}, '${type}', 1, 'load')`;
}

function plainSql(type: CreditType, number: string): string {
  return [
    `WITH used AS (UPDATE organizations SET ${type}_used_credits = ${type}_used_credits + 1, updated_at = now()`,
    `WHERE id = ${idSql(number)} RETURNING id)`,
    "INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)",
    `SELECT id, '${type}_consumption', 1, 'plain', now() FROM used`,
  ].join(" ");
}

function idSql(number: string): string {
  return `lpad(${number}::text, 32, '0')::uuid`;
}
