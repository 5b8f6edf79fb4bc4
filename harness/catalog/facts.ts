/**
 * Reads the catalog of a database. Each kind of object has one SQL file in `kinds/`. Planning takes longer than reading,
 * so each is a query of its own with few joins, and those for rare kinds are planned only `when` they are needed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAnswerXml, queryPinned, type SendQuery } from "../database/pinned-settings.ts";
import type { Session } from "../database/session.ts";
import { codePath } from "../files/installation.ts";
import { buildCatalog, type Catalog, type CatalogPart, identifyObjects } from "./build-catalog.ts";

export type { Catalog, ObjectProperties } from "./build-catalog.ts";

/** OIDs from 16384 on are assigned after initdb (PostgreSQL manual, OID Assignment); the condition allows index scans. */
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

const catalogQuery = `${shared}
SELECT json_build_array((SELECT json_agg(json_build_array(classid, objid)) FROM member),
${kinds().map(formatKind).join(",\n")})::text AS answer`;

/** The query of a kind; one whose first lines are `-- when:` is parsed only under that condition. */
function formatKind(kind: string): string {
  const when = /^-- when: (.*(?:\n-- {2,}.*)*)\n/.exec(kind)?.[1]?.replaceAll("\n--", "\n");
  const list = `SELECT json_agg(json_build_array(class::oid, oid, sub, object, properties))
FROM (${kind}) AS kind (class, oid, sub, object, properties)`;

  return when === undefined
    ? `(${list})`
    : `CASE WHEN ${when} THEN query_to_xml($kind$${shared} SELECT (${list})::text AS answer$kind$, false, true, '') END`;
}

/** The result of a kind is XML if it was a query of its own. */
type Answer = [members: readonly [string, string][] | null, ...answers: (readonly CatalogPart[] | string | null)[]];

/**
 * Reads the schema of the database that the session is connected to, in one round trip. The result does not depend on
 * the session's role, `search_path` or other settings, and the session is left unchanged. Temporary objects and objects
 * of extensions are left out. PostgreSQL may raise an error if the schema is changed concurrently.
 */
export async function readCatalog(query: SendQuery): Promise<Catalog> {
  return toCatalog(parseAnswer((await queryPinned(query, catalogQuery)) as Answer));
}

/** The same, faster, on an observer session, whose settings are pinned: the query is planned once. */
export async function observeCatalog(observer: Session): Promise<Catalog> {
  return toCatalog(await observeParts(observer));
}

/** The same with the identity of each object, which a rename leaves unchanged: `class,oid,number`. */
export async function observeIdentifiedCatalog(
  observer: Session,
): Promise<{ readonly catalog: Catalog; readonly identities: ReadonlyMap<string, string> }> {
  const parts = await observeParts(observer);

  return { catalog: toCatalog(parts), identities: identifyObjects(parts.parts) };
}

interface Parts {
  readonly parts: readonly CatalogPart[];
  readonly members: readonly [string, string][];
}

async function observeParts(observer: Session): Promise<Parts> {
  const [row] = await observer.queryPrepared(catalogQuery);

  return parseAnswer(JSON.parse(String(row?.["answer"])) as Answer);
}

function toCatalog({ parts, members }: Parts): Catalog {
  return buildCatalog(parts, members);
}

function parseAnswer([members, ...answers]: Answer): Parts {
  const parts = answers.flatMap(
    (answer) => ((typeof answer === "string" ? parseAnswerXml(answer) : answer) ?? []) as readonly CatalogPart[],
  );

  return { parts, members: members ?? [] };
}

function kinds(): string[] {
  const folder = codePath("harness/catalog/kinds");

  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"));
}
