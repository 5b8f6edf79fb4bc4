/**
 * The calls of the load and the reference statement that does the same work. Both are one statement, so one transaction
 * and one round trip: they differ only in what the function costs. Each consumes one credit, so that credits count calls.
 */
import { generateOrganizations } from "../../properties/credits/database/sql.ts";
import { type CreditSchema, PLAIN_SCHEMA } from "../../properties/credits/model/credit-schema.ts";
import { CREDIT_TYPES, type CreditType } from "../../properties/credits/model/model.ts";
import type { LoadCallKind } from "./turn.ts";

/** More than any load can consume, so that every call must succeed. */
const ALLOCATED = 1_000_000_000;

/** One statement for each credit type. @param number the placeholder for the organization's number */
export function callStatements(kind: LoadCallKind, number: string): readonly string[] {
  return CREDIT_TYPES.map((type) => (kind === "consume" ? consumeSql : referenceSql)(type, number));
}

/** A pgbench script that picks an organization and a type at random. */
export function pgbenchScript(kind: LoadCallKind, organizations: number): string {
  const choices = callStatements(kind, ":number").map(
    (statement, index) => `${index === 0 ? "\\if" : "\\elif"} :type = ${index}\n${statement};\n`,
  );

  return `\\set number random(1, ${organizations})\n\\set type random(0, ${choices.length - 1})\n${choices.join("")}\\endif\n`;
}

/** Statements that leave this many organizations with unused credits, and an empty log. */
export function resetStatements(organizations: number, schema: CreditSchema = PLAIN_SCHEMA): readonly string[] {
  const credits = CREDIT_TYPES.map((type) => `${type}_credits = ${ALLOCATED}`);

  return [
    "TRUNCATE organizations, credit_actions CASCADE",
    generateOrganizations(organizations, { plans: ["enterprise"] }, schema),
    `UPDATE organizations SET ${credits.join(", ")}`,
    // One at a time: VACUUM cannot run in a transaction block.
    "VACUUM (FULL, ANALYZE) organizations",
    "VACUUM (ANALYZE) credit_actions",
  ];
}

function consumeSql(type: CreditType, number: string): string {
  return `SELECT consume_specific_credits(${idSql(number)}, '${type}', 1, 'load')`;
}

function referenceSql(type: CreditType, number: string): string {
  return [
    `WITH consumed AS (UPDATE organizations SET ${type}_used_credits = ${type}_used_credits + 1, updated_at = now()`,
    `WHERE id = ${idSql(number)} RETURNING id)`,
    "INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)",
    `SELECT id, '${type}_consumption', 1, 'reference', now() FROM consumed`,
  ].join(" ");
}

function idSql(number: string): string {
  return `('00000000-0000-4000-8000-' || lpad(${number}::text, 12, '0'))::uuid`;
}
