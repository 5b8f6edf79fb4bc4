/**
 * Making a database empty again, which costs less than a new one, and finding out whether it is. A release may do
 * anything to its database, so nothing is taken on trust: what is left, or was changed of what initdb made, shows.
 */
import { readFileSync } from "node:fs";
import type { Session } from "./session.ts";

const clearing = readFileSync(new URL("clear.sql", import.meta.url), "utf8");

/**
 * One number for each catalog of a database whose rows have numbers: how many of them somebody made. User mappings only
 * a superuser may read; none outlives its server, which is counted.
 */
const MADE = `SELECT string_agg(format('(SELECT count(*) FROM pg_catalog.%I WHERE oid >= 16384%s)', relname,
  CASE relname WHEN 'pg_namespace' THEN $$ AND nspname !~ '^pg_(toast_)?temp_'$$ END), ', ' ORDER BY relname) AS counts
FROM pg_catalog.pg_class
WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
  AND has_table_privilege(oid, 'SELECT')
  AND EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_class.oid AND attname = 'oid')`;

/** Of what initdb made and grants, owners and names belong to: how many there are, and how many have changed since $1. */
const INITIAL = ["pg_class", "pg_proc", "pg_type", "pg_namespace", "pg_language"].map(
  (catalog) => `(SELECT count(*) || '/' || count(*) FILTER (WHERE age(xmin) <= age($1::xid))
  FROM pg_catalog.${catalog} WHERE oid < 16384)`,
);

/** What is kept for the whole server, and yet says something of this database; and who is in it, but for $2. */
const BESIDE = [
  "(SELECT count(*) FROM pg_catalog.pg_db_role_setting WHERE setdatabase = d.oid)",
  "(SELECT count(*) FROM pg_catalog.pg_shdescription WHERE objoid = d.oid)",
  "obj_description(to_regnamespace('public'), 'pg_namespace')",
  "(age(d.xmin) <= age($1::xid))",
  "(SELECT count(*) FROM pg_catalog.pg_prepared_xacts WHERE database = d.datname)",
  `(SELECT count(*) FROM pg_catalog.pg_stat_activity
  WHERE datid = d.oid AND backend_type = 'client backend' AND pid <> ALL ($2::int[]))`,
];

/** What a database of a server holds, to be compared with what it held when it was new. */
export type Holdings = (observer: Session, known: readonly Session[]) => Promise<string>;

/** @param observer on the database when it is new: what has changed since is told from now on */
export async function holdingsOf(observer: Session): Promise<Holdings> {
  await observer.query(clearing);
  const [row] = await observer.query(
    `SELECT (${MADE}) AS counts, pg_snapshot_xmax(pg_current_snapshot())::text::bigint % 4294967296 AS horizon`,
  );
  const question = `SELECT concat_ws(' ', ${[row?.["counts"], ...INITIAL, ...BESIDE].join(", ")}) AS held
FROM pg_catalog.pg_database AS d WHERE datname = current_database()`;

  return async (session, known) => {
    const [found] = await session.prepared(question, [
      row?.["horizon"],
      `{${known.map(({ pid }) => pid).join(",")}}`,
    ]);

    return found?.["held"] ?? "";
  };
}

/** Drops all that somebody made in the database, as far as it can be. */
export async function clear(observer: Session): Promise<void> {
  await observer.prepared("SELECT pg_temp.clear()");
}
