/**
 * The schema as sorted facts: one object, one flat record of properties, no OID and nothing else that differs between
 * two databases of the same schema. A kind of object is one SQL file in `kinds/`. Planning takes longer than reading, so
 * a kind is a query of its own with few joins, and one that most schemas have nothing of is planned only `when` needed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAnswerXml, queryPinned, type SendQuery } from "../database/pinned-settings.ts";
import type { Session } from "../database/session.ts";
import { codePath } from "../files/installation.ts";
import { type Catalog, buildCatalog, type CatalogPart } from "./build-catalog.ts";

export type { Catalog, ObjectProperties } from "./build-catalog.ts";

/** Numbers from 16384 on belong to what was made after initdb; the condition lets PostgreSQL read by index. */
const shared = `
WITH space AS MATERIALIZED (
  SELECT *, quote_ident(nspname) AS name FROM pg_namespace
  WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
),
member AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
),
relation AS MATERIALIZED (
  SELECT c.*, c.oid::regclass::text AS name FROM pg_class AS c
  WHERE c.oid >= 16384 AND c.relnamespace = ANY (ARRAY(SELECT oid FROM space))
    AND NOT c.oid = ANY (ARRAY(SELECT objid FROM member WHERE classid = 'pg_class'::regclass))
)`;

const question = `${shared}
SELECT json_build_array((SELECT json_agg(json_build_array(classid, objid)) FROM member),
${kinds().map(partOf).join(",\n")})::text AS answer`;

/** What a kind has to say: at once, or, where its first lines say `when`, as a question that is parsed only then. */
function partOf(kind: string): string {
  const when = /^-- when: (.*(?:\n-- {2,}.*)*)\n/.exec(kind)?.[1]?.replaceAll("\n--", "\n");
  const list = `SELECT json_agg(json_build_array(class::oid, oid, sub, object, properties))
FROM (${kind}) AS kind (class, oid, sub, object, properties)`;

  return when === undefined
    ? `(${list})`
    : `CASE WHEN ${when} THEN query_to_xml($kind$${shared} SELECT (${list})::text AS answer$kind$, false, true, '') END`;
}

/** A kind's answer is text where it was asked as a question of its own. */
type Answer = [members: readonly [string, string][] | null, ...answers: (readonly CatalogPart[] | string | null)[]];

/**
 * Reads the schema of the database that the session is connected to, in one round trip.
 *
 * The result is the same whatever the session's role, `search_path` or other settings, inside a transaction or not,
 * and the session is left as it was. Temporary objects and what extensions own are left out. While others change the
 * schema the server may refuse the query.
 */
export async function readCatalog(query: SendQuery): Promise<Catalog> {
  return factsIn((await queryPinned(query, question)) as Answer);
}

/**
 * The same, and faster: by a session that looks on and has its settings pinned, so that the question is planned once.
 * It does not see what a transaction that is still open has done.
 */
export async function observeCatalog(observer: Session): Promise<Catalog> {
  const [row] = await observer.queryPrepared(question);

  return factsIn(JSON.parse(String(row?.["answer"])) as Answer);
}

function factsIn([members, ...answers]: Answer): Catalog {
  const told = answers.flatMap(
    (answer) => ((typeof answer === "string" ? parseAnswerXml(answer) : answer) ?? []) as readonly CatalogPart[],
  );

  return buildCatalog(told, members ?? []);
}

function kinds(): string[] {
  const folder = codePath("harness/catalog/kinds");

  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"));
}
