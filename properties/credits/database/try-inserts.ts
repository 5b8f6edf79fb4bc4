/** Tries which organizations and log rows the server accepts. */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Session } from "../../../harness/database/session.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { AccountRows } from "../model/account-rows.ts";
import { nthId } from "../model/model.ts";
import { insertPastActions } from "./sql.ts";

export const GIVE_VALUES = "give values for them in plumbline.config.ts: rows: { organizations: { … } }";
export const SAMPLE_ID = nthId(0);

type Values = Readonly<Record<string, string | null>>;

/** An organization as the catalog asks for it, with other values in some columns. */
export function formatSample(rows: AccountRows, values: Values): string {
  const own = Object.fromEntries(rows.columns.map((column) => [column, rows.value(SAMPLE_ID, column)]));
  const cells: Values = { ...own, id: SAMPLE_ID, ...values };
  const columns = Object.keys(cells).map((name) => escapeIdentifier(name));
  const literals = Object.values(cells).map((value) => (value === null ? "NULL" : escapeLiteral(value)));

  return `INSERT INTO organizations (${columns.join(", ")}) VALUES (${literals.join(", ")})`;
}

export function formatAction(rows: AccountRows, action: string, description: string | null): string {
  const logged = { organization: SAMPLE_ID, action, credits: 1, description };

  return `${formatSample(rows, {})}; ${insertPastActions([logged])}`;
}

/** Runs each statement, and undoes it; says why the server refused it, or null. */
const TRY = `CREATE FUNCTION pg_temp.plumbline_try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    SET CONSTRAINTS ALL IMMEDIATE;
    RAISE EXCEPTION USING ERRCODE = 'PLB00';
EXCEPTION
    WHEN SQLSTATE 'PLB00' THEN RETURN NULL;
    WHEN OTHERS THEN RETURN format('%s (SQLSTATE %s)', SQLERRM, SQLSTATE);
END $$`;

export async function tryInserts(
  session: Session,
  rows: AccountRows,
  statements: readonly string[],
): Promise<readonly (string | null)[]> {
  const { rows: found, error } = await session.tryAndRollBack([
    ...rows.insertParents([SAMPLE_ID]),
    TRY,
    `SELECT pg_temp.plumbline_try(statement) FROM unnest(ARRAY[${statements.map((sql) => escapeLiteral(sql)).join(",\n")}]) AS statement`,
  ]);
  if (error !== undefined) {
    throw new Inconclusive(`what organizations refer to cannot be made: ${error.message}; ${GIVE_VALUES}`);
  }

  return found.map(([refusal]) => refusal ?? null);
}
