/**
 * The statement that shows a difference to whoever runs it in psql (pure): it asks the system catalogs for one object by
 * its name, so it runs whether or not the object is there, and for what changed of it. Of an object that was removed it
 * shows no row; of one that was added, one.
 */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { CatalogDifference } from "./difference.ts";
import { listedCatalogs, objectKinds } from "./inspection-kinds.ts";
import type { ObjectKind } from "./inspection-relations.ts";

/** A statement, without a semicolon, whose result makes the difference visible. */
export function formatInspection({ kind, object, property }: CatalogDifference): string {
  if (object.startsWith("row ")) {
    return rowQuery(object.slice("row ".length), kind === "changed" ? property : undefined);
  }
  const name = kindOf(object, Object.keys(objectKinds));
  const known = name === undefined ? undefined : objectKinds[name];

  return name === undefined || known === undefined
    ? listQuery(object)
    : kindQuery(name, known, object.slice(name.length + 1), property);
}

/** The longest name counts: `event trigger` is no `trigger`. */
function kindOf(object: string, names: readonly string[]): string | undefined {
  return names
    .filter((name) => object.startsWith(`${name} `))
    .sort((one, other) => other.length - one.length)[0];
}

function kindQuery(title: string, kind: ObjectKind, name: string, property: string | undefined): string {
  const shown = property ?? kind.main;
  const what = kind.properties[shown] ?? shared(kind, shown);
  // What nobody foresaw is somewhere in the row.
  const list = what === undefined ? "*" : `${kind.name} AS ${alias(title)}, ${what} AS ${alias(shown)}`;

  return `SELECT ${list}\nFROM ${kind.catalog} WHERE ${kind.where(name)}`;
}

/** All objects of a kind that few people have. */
function listQuery(object: string): string {
  const catalog = listedCatalogs[kindOf(object, Object.keys(listedCatalogs)) ?? ""];

  return catalog === undefined
    ? `SELECT defaclrole::regrole AS of_role, nullif(defaclnamespace, 0)::regnamespace AS in_schema,
  defaclobjtype AS on_type, defaclacl AS grants
FROM pg_default_acl ORDER BY oid`
    : `SELECT (pg_identify_object('${catalog}'::regclass, oid, 0)).*
FROM ${catalog} WHERE oid >= 16384 ORDER BY oid`;
}

/** What most kinds have in common. */
function shared(kind: ObjectKind, property: string): string | undefined {
  switch (property) {
    case "comment":
      return kind.comment ?? `obj_description(oid, '${kind.catalog}')`;
    case "grants":
      return kind.grants;
    default:
      return undefined;
  }
}

function alias(property: string): string {
  return property.replaceAll(" ", "_");
}

/** `public.t (id = 7, name = 'a, b')` */
function rowQuery(name: string, column: string | undefined): string {
  const [, table = "", key = ""] = /^(.+?) \((.*)\)$/s.exec(name) ?? [];
  const parts = [...key.matchAll(/(.+?) = ('(?:[^']|'')*'|[\w-]+)(?:, |$)/gs)];
  const conditions = parts.map(([, part = "", value = ""]) =>
    value === "NULL"
      ? `${identifier(part)} IS NULL`
      : `${identifier(part)} = ${value.startsWith("'") ? value : escapeLiteral(value)}`,
  );
  const columns =
    column === undefined ? ["*"] : [...parts.map(([, part = ""]) => part), column].map(identifier);

  return `SELECT ${columns.join(", ")} FROM ${table}\nWHERE ${conditions.join(" AND ")}`;
}

function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : escapeIdentifier(name);
}
