/** Finds the role that a migration is run by where no superuser may run it: the owner of the tables. */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";

/**
 * Owns everything where the tables belong to a superuser. It is there on each server, and may do nothing by itself
 * (PostgreSQL manual, 22.5 Predefined Roles).
 */
const PROBE = "pg_database_owner";

/** The role that owns the most tables and is no superuser. */
const OWNER = `SELECT pg_get_userbyid(c.relowner) AS owner
FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND NOT r.rolsuper AND c.relnamespace::regnamespace::text !~ '^pg_'
GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1`;

/** What a superuser owns in this database, extensions and what belongs to another object aside. */
const formatGifts = (role: string): string => `WITH super AS (SELECT oid FROM pg_roles WHERE rolsuper),
part AS (
  SELECT classid, objid FROM pg_depend
  WHERE deptype = 'e' OR deptype IN ('a', 'i') AND refclassid = 'pg_class'::regclass AND refobjsubid > 0
),
gift AS (
  SELECT 1 AS rank, 'SCHEMA ' || oid::regnamespace AS object, 'pg_namespace'::regclass AS classid, oid AS objid,
    nspowner AS owner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
  UNION ALL
  SELECT 2, CASE relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW ' WHEN 'f' THEN 'FOREIGN TABLE '
      WHEN 'S' THEN 'SEQUENCE ' WHEN 'c' THEN 'TYPE ' ELSE 'TABLE ' END || oid::regclass,
    'pg_class'::regclass, oid, relowner FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
  UNION ALL
  SELECT 3, 'ROUTINE ' || oid::regprocedure, 'pg_proc'::regclass, oid, proowner FROM pg_proc
  WHERE oid >= 16384 AND pronamespace::regnamespace::text !~ '^pg_'
  UNION ALL
  SELECT 4, 'TYPE ' || oid::regtype, 'pg_type'::regclass, oid, typowner FROM pg_type
  WHERE oid >= 16384 AND typtype IN ('d', 'e', 'r')
)
SELECT format('ALTER %s OWNER TO %s', object, ${escapeLiteral(role)}) AS sql
FROM gift AS g
WHERE owner IN (SELECT oid FROM super)
  AND NOT EXISTS (SELECT FROM part AS p WHERE p.classid = g.classid AND p.objid = g.objid)
  AND NOT EXISTS (SELECT FROM pg_class AS t WHERE g.classid = 'pg_class'::regclass AND t.oid = g.objid
    AND (t.relnamespace::regnamespace::text ~ '^pg_' OR t.relname ~ '^pg_'))
ORDER BY rank, object`;

const SCHEMAS = `SELECT oid::regnamespace::text AS name FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`;

/** A session that is another role's, and what a script does to become it and to return. */
export interface OwnerRole {
  readonly name: string;
  /** Whose the session was. */
  readonly superuser: string;
  readonly opening: ScriptPart;
  readonly closing: ScriptPart;
}

/**
 * Makes the session of a database that of the owner of its tables. Where that is a superuser, a role without privileges
 * gets all that superusers own; otherwise the owner gets the right to create objects.
 * @param before whose the session before was
 * @returns undefined if the server does not allow it
 */
export async function becomeOwner(
  { session, database }: RecordedDatabase,
  before?: OwnerRole,
): Promise<OwnerRole | undefined> {
  const [row] = await session.query(OWNER);
  const [user] = await session.query("SELECT session_user AS name");
  const name = before?.name ?? row?.["owner"] ?? PROBE;
  const role = escapeIdentifier(name);
  const schemas = (await session.query(SCHEMAS)).map((each) => each["name"] ?? "");
  const wanted =
    name === PROBE
      ? (await session.query(formatGifts(role))).map(({ sql }) => sql ?? "")
      : schemas.map((schema) => `GRANT ALL ON SCHEMA ${schema} TO ${role}`);
  const done: string[] = [];
  for (const sql of wanted) if ((await session.tryExecute(sql)).error === undefined) done.push(sql);
  await session.tryExecute(`GRANT CREATE ON DATABASE ${escapeIdentifier(database.name)} TO ${role}`);
  const enter = `SET SESSION AUTHORIZATION ${role}`;
  if ((await session.tryExecute(enter)).error !== undefined) return undefined;

  return {
    ...{ name, superuser: user?.["name"] ?? "" },
    opening: { title: `the owner of the tables, ${name}`, sql: [...done, enter].map((sql) => `${sql};`).join("\n") },
    closing: { title: "the superuser again", sql: "RESET SESSION AUTHORIZATION;" },
  };
}
