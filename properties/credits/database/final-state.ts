/**
 * How a database ends up, so that it can be compared with another one: its catalog, and what its rows say once moments
 * and the ids of log rows, which no two runs share, are left out.
 */
import { differenceOf } from "../../../harness/catalog/difference.ts";
import type { Catalog } from "../../../harness/catalog/facts.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import { differencesViolation } from "./snapshot.ts";
import { literal } from "./sql.ts";

export interface FinalState {
  readonly catalog: Catalog;
  /** What each organization is and what was logged for it, by its id. */
  readonly organizations: ReadonlyMap<string, string>;
}

/** A moment tells that there is one, not which; updated_at not even that. */
const ENDING_SQL = `SELECT o.id,
  (SELECT jsonb_object_agg(key, CASE WHEN value #>> '{}' ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:' THEN '"a moment"' ELSE value END)
   FROM jsonb_each(to_jsonb(o) - '{id,updated_at}'::text[])) AS organization,
  (SELECT json_agg(to_jsonb(a) - '{id,organization_id,created_at}'::text[] ORDER BY action_type, credits_consumed, description)
   FROM credit_actions AS a WHERE a.organization_id = o.id) AS logged
FROM organizations AS o`;

export async function readFinalState(stage: Stage): Promise<FinalState> {
  const rows = await stage.query(ENDING_SQL);

  return {
    catalog: await stage.catalog(),
    organizations: new Map(
      rows.map((row) => [row["id"] ?? "", `${row["organization"]}, logged: ${row["logged"] ?? "nothing"}`]),
    ),
  };
}

/** The database has ended up as the other one did. */
export async function sameFinalState(
  stage: Stage,
  other: FinalState,
  expected: string,
): Promise<Violation | undefined> {
  return finalStateViolation(stage, await readFinalState(stage), other, expected);
}

/** What tells the ending that the stage's database has come to from another one. */
export function finalStateViolation(
  stage: Stage,
  ending: FinalState,
  other: FinalState,
  expected: string,
): Violation | undefined {
  const ids = [...new Set([...other.organizations.keys(), ...ending.organizations.keys()])];
  const id = ids.find((one) => ending.organizations.get(one) !== other.organizations.get(one));

  return id === undefined
    ? differencesViolation(stage, differenceOf(other.catalog, ending.catalog), expected)
    : stage.violation({
        expected: `${expected}: ${id} with ${other.organizations.get(id) ?? "nothing"}`,
        got: ending.organizations.get(id) ?? "it is not there",
        show: `${ENDING_SQL}\nWHERE id = ${literal(id)}`,
      });
}
