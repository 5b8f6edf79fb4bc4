/**
 * Empties a database, which is cheaper than creating one, and takes its inventory, which shows whether that worked. A
 * release may do anything to its database; so the inventory covers all that can be left behind or changed.
 */
import { readFileSync } from "node:fs";
import { codePath } from "../files/installation.ts";
import type { Session } from "./session.ts";

const CREATE_CLEAR = readFileSync(codePath("harness/database/clear.sql"), "utf8");

/**
 * For each catalog with OIDs, a query for the number of its rows that initdb did not create (PostgreSQL manual, 66.1
 * System Catalog Initial Data: OIDs from 16384). User mappings, which only a superuser may read, do not outlive their
 * server, which is counted.
 */
const CREATED = `SELECT string_agg(format('(SELECT count(*) FROM pg_catalog.%I WHERE oid >= 16384%s)', relname,
  CASE relname WHEN 'pg_namespace' THEN $$ AND nspname !~ '^pg_(toast_)?temp_'$$ END), ', ' ORDER BY relname) AS counts
FROM pg_catalog.pg_class
WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND NOT relisshared
  AND has_table_privilege(oid, 'SELECT')
  AND EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_class.oid AND attname = 'oid')`;

/** Of the objects of initdb that can be granted, owned or renamed: their number, and how many changed since xid $1. */
const INITIAL = ["pg_class", "pg_proc", "pg_type", "pg_namespace", "pg_language"].map(
  (catalog) => `(SELECT count(*) || '/' || count(*) FILTER (WHERE age(xmin) <= age($1::xid))
  FROM pg_catalog.${catalog} WHERE oid < 16384)`,
);

/** What shared catalogs hold about this database, and its sessions except $2. */
const SHARED = [
  "(SELECT count(*) FROM pg_catalog.pg_db_role_setting WHERE setdatabase = d.oid)",
  "(SELECT count(*) FROM pg_catalog.pg_shdescription WHERE objoid = d.oid)",
  "obj_description(to_regnamespace('public'), 'pg_namespace')",
  "(age(d.xmin) <= age($1::xid))",
  "(SELECT count(*) FROM pg_catalog.pg_prepared_xacts WHERE database = d.datname)",
  `(SELECT count(*) FROM pg_catalog.pg_stat_activity
  WHERE datid = d.oid AND backend_type = 'client backend' AND pid <> ALL ($2::int[]))`,
];

/** Summarizes the contents of a database as a string, equal for equal contents. @param known sessions to ignore */
export type Inventory = (observer: Session, known: readonly Session[]) => Promise<string>;

/** Prepares a new database for being emptied. The inventory counts changes from here on. */
export async function prepareInventory(observer: Session): Promise<Inventory> {
  await observer.query(CREATE_CLEAR);
  const [row] = await observer.query(
    `SELECT (${CREATED}) AS counts, pg_snapshot_xmax(pg_current_snapshot())::text::bigint % 4294967296 AS horizon`,
  );
  const query = `SELECT concat_ws(' ', ${[row?.["counts"], ...INITIAL, ...SHARED].join(", ")}) AS contents
FROM pg_catalog.pg_database AS d WHERE datname = current_database()`;

  return async (session, known) => {
    const pids = `{${known.map(({ pid }) => pid).join(",")}}`;
    const [found] = await session.queryPrepared(query, [row?.["horizon"], pids]);

    return found?.["contents"] ?? "";
  };
}

/** Drops all that was created in the database, as far as possible. */
export async function clearDatabase(observer: Session): Promise<void> {
  await observer.queryPrepared("SELECT pg_temp.clear()");
}
