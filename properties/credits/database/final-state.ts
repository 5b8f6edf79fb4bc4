/**
 * Compares the final states of two databases: their catalogs, and their rows without times and ids of log rows, which
 * differ between any two runs.
 */
import { compareCatalogs } from "../../../harness/catalog/difference.ts";
import type { Catalog } from "../../../harness/catalog/facts.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import type { CreditSchema } from "../model/credit-schema.ts";
import { differencesViolation } from "./snapshot.ts";
import { literal } from "./sql.ts";

/** Columns that are left out, of organizations and of the log. */
type ComparedSchema = Pick<CreditSchema, "volatile" | "counted" | "log">;

export interface FinalState {
  readonly catalog: Catalog;
  /** Each organization with its log rows, by id. */
  readonly organizations: ReadonlyMap<string, string>;
  readonly schema: ComparedSchema;
}

/** Every time is replaced by a constant, and updated_at is left out. */
function finalStateSql({ volatile, counted, log }: ComparedSchema): string {
  const omitted = ["id", "organization_id", "created_at", ...log.volatile];

  return `SELECT o.id,
  (SELECT jsonb_object_agg(key, CASE WHEN value #>> '{}' ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:' THEN '"a moment"' ELSE value END)
   FROM jsonb_each(to_jsonb(o) - ARRAY[${["id", "updated_at", ...volatile, ...counted].map(literal).join(", ")}])) AS organization,
  (SELECT json_agg(to_jsonb(a) - ARRAY[${omitted.map(literal).join(", ")}] ORDER BY action_type, credits_consumed, description)
   FROM credit_actions AS a WHERE a.organization_id = o.id) AS logged
FROM organizations AS o`;
}

export async function readFinalState(db: RecordedDatabase, schema: ComparedSchema): Promise<FinalState> {
  const rows = await db.query(finalStateSql(schema));

  return {
    catalog: await db.catalog(),
    organizations: new Map(
      rows.map((row) => [row["id"] ?? "", `${row["organization"]}, logged: ${row["logged"] ?? "nothing"}`]),
    ),
    schema,
  };
}

/** The database is in this final state. */
export async function sameFinalState(
  db: RecordedDatabase,
  wanted: FinalState,
  expected: string,
): Promise<Violation | undefined> {
  return finalStateViolation(db, await readFinalState(db, wanted.schema), wanted, expected);
}

/** The first difference between the final state of the database and the wanted one. */
export function finalStateViolation(
  db: RecordedDatabase,
  state: FinalState,
  wanted: FinalState,
  expected: string,
): Violation | undefined {
  const ids = [...new Set([...wanted.organizations.keys(), ...state.organizations.keys()])];
  const id = ids.find((one) => state.organizations.get(one) !== wanted.organizations.get(one));

  return id === undefined
    ? differencesViolation(db, compareCatalogs(wanted.catalog, state.catalog), expected)
    : db.violation({
        kind: "organization differs",
        expected: `${expected}: ${id} with ${wanted.organizations.get(id) ?? "nothing"}`,
        got: state.organizations.get(id) ?? "it does not exist",
        show: `${finalStateSql(wanted.schema)}\nWHERE id = ${literal(id)}`,
      });
}
