/**
 * The schema as sorted facts: one object, one flat record of properties, no OID and nothing else that differs between
 * two databases of the same schema. A kind of object is one SQL file in `kinds/`; what all kinds share (comments,
 * grants, leaving out what an extension owns) is said once, here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { HarnessError } from "../errors.ts";
import { askPinned, type Query } from "./pinned.ts";

/** What is known of one object. A property that the object has not got is absent. */
export type Properties = Readonly<Record<string, string>>;

/** Facts by object, such as `column public.organizations.ai_credits` or `function public.f(uuid, text)`, sorted. */
export type Catalog = ReadonlyMap<string, Properties>;

/** Numbers from 16384 on belong to what was made after initdb; the condition lets PostgreSQL read by index. */
const shared = `
space AS MATERIALIZED (
  SELECT *, quote_ident(nspname) AS name FROM pg_namespace
  WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
),
member AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
relation AS MATERIALIZED (
  SELECT c.*, c.oid::regclass::text AS name FROM pg_class AS c
  WHERE c.oid >= 16384 AND c.relnamespace IN (SELECT oid FROM space)
    AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
)`;

/** The kinds have put the built-in grants in the place of a missing list. */
const grants = `
SELECT string_agg(grantee || '=' || privileges, E'\\n' ORDER BY grantee COLLATE "C")
FROM (
  SELECT grantee, string_agg(privilege || CASE WHEN grantable THEN '*' ELSE '' END, ',' ORDER BY privilege COLLATE "C")
  FROM (
    SELECT CASE e.grantee WHEN 0 THEN 'PUBLIC' ELSE e.grantee::regrole::text END, e.privilege_type, bool_or(e.is_grantable)
    FROM aclexplode(f.acl) AS e GROUP BY 1, 2
  ) AS each (grantee, privilege, grantable)
  GROUP BY grantee
) AS list (grantee, privileges)`;

const question = `
WITH ${shared},
fact (class, oid, sub, object, acl, properties) AS (
${kinds().join("\nUNION ALL\n")}
)
SELECT json_agg(json_build_array(f.object, f.properties,
  CASE WHEN f.acl IS NOT NULL THEN (${grants}) END, d.description))::text AS answer
FROM fact AS f
LEFT JOIN pg_description AS d ON d.objoid = f.oid AND d.classoid = f.class AND d.objsubid = f.sub
WHERE NOT EXISTS (SELECT FROM member AS m WHERE m.classid = f.class AND m.objid = f.oid)`;

type Told = [
  object: string,
  properties: Record<string, unknown>,
  grants: string | null,
  comment: string | null,
];

/**
 * Reads the schema of the database that the session is connected to, in one round trip.
 *
 * The result is the same whatever the session's role, `search_path` or other settings, inside a transaction or not,
 * and the session is left as it was. Temporary objects and what extensions own are left out. While others change the
 * schema the server may refuse the query.
 */
export async function readCatalog(query: Query): Promise<Catalog> {
  const told = ((await askPinned(query, question)) ?? []) as Told[];
  const facts = new Map(told.map((each) => [each[0], propertiesOf(each)]));

  if (facts.size !== told.length) {
    throw new HarnessError(
      `${told.length - facts.size} objects of the catalog share a name with another`,
      "Report the schema: each object must have a key of its own",
    );
  }

  return new Map([...facts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function propertiesOf([, properties, grants, comment]: Told): Properties {
  return Object.fromEntries(
    Object.entries({ ...properties, grants, comment })
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, String(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function kinds(): string[] {
  const folder = new URL("kinds/", import.meta.url);

  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => readFileSync(new URL(name, folder), "utf8"));
}
