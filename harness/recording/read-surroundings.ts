/** Asks a database that a tool worked on what the texts of its statements depend on. */
import type { Session } from "../database/session.ts";
import type { ColumnReference, TextOptions } from "./made-values.ts";

export interface Surroundings extends TextOptions {
  /** The names of PostgreSQL's functions that change nothing, advisory locks among them. */
  readonly harmless: ReadonlySet<string>;
}

const HARMLESS = `SELECT proname AS name FROM pg_catalog.pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
GROUP BY proname
HAVING bool_and(provolatile <> 'v') OR proname ~ '^pg_(?:try_)?advisory_'
  OR proname IN ('clock_timestamp', 'pg_is_in_recovery', 'pg_sleep', 'timeofday')`;

const TYPES = "SELECT oid::text, format_type(oid, NULL) AS name FROM pg_catalog.pg_type WHERE typtype <> 'p'";

const REFERENCES = `SELECT fs.nspname AS from_schema, f.relname AS from_table, fa.attname AS from_column,
  ts.nspname AS to_schema, t.relname AS to_table, ta.attname AS to_column
FROM pg_catalog.pg_constraint AS c
CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS pair (from_number, to_number)
JOIN pg_catalog.pg_class AS f ON f.oid = c.conrelid
JOIN pg_catalog.pg_namespace AS fs ON fs.oid = f.relnamespace
JOIN pg_catalog.pg_attribute AS fa ON fa.attrelid = f.oid AND fa.attnum = pair.from_number
JOIN pg_catalog.pg_class AS t ON t.oid = c.confrelid
JOIN pg_catalog.pg_namespace AS ts ON ts.oid = t.relnamespace
JOIN pg_catalog.pg_attribute AS ta ON ta.attrelid = t.oid AND ta.attnum = pair.to_number
WHERE c.contype = 'f'`;

/** @param session on the database, after the tool has run */
export async function readSurroundings(session: Session): Promise<Surroundings> {
  const harmless = await session.query(HARMLESS);
  const types = await session.query(TYPES);
  const references = await session.query(REFERENCES);

  return {
    harmless: new Set(harmless.map(({ name }) => name ?? "")),
    types: new Map(types.map(({ oid, name }) => [Number(oid), name ?? ""])),
    references: references.map(
      (row): ColumnReference => ({
        from: {
          table: { within: row["from_schema"] ?? "", name: row["from_table"] ?? "" },
          column: row["from_column"] ?? "",
        },
        to: { table: { within: row["to_schema"] ?? "", name: row["to_table"] ?? "" }, column: row["to_column"] ?? "" },
      }),
    ),
  };
}
