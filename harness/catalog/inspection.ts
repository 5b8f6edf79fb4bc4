/**
 * Formats the query that reproduces a difference in psql (pure). It selects one object from the system catalogs by its
 * name, with the changed property, and returns no row if there is no such object.
 */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { CatalogDifference } from "./difference.ts";
import { listedCatalogs, objectKinds } from "./inspection-kinds.ts";
import type { ObjectKind } from "./inspection-relations.ts";

/** Formats a query, without a semicolon, whose result contains the difference. */
export function formatInspection({ kind, object, property }: CatalogDifference): string {
  if (object.startsWith("row ")) {
    return formatRowQuery(object.slice("row ".length), kind === "changed" ? property : undefined);
  }
  const name = findKind(object, Object.keys(objectKinds));
  const known = name === undefined ? undefined : objectKinds[name];

  return name === undefined || known === undefined
    ? formatListQuery(object)
    : formatKindQuery(name, known, object.slice(name.length + 1), property);
}

/** The longest name counts: `event trigger` is no `trigger`. */
function findKind(object: string, names: readonly string[]): string | undefined {
  return names.filter((name) => object.startsWith(`${name} `)).sort((one, other) => other.length - one.length)[0];
}

function formatKindQuery(title: string, kind: ObjectKind, name: string, property: string | undefined): string {
  const selected = property ?? kind.main;
  const shared: Readonly<Record<string, string | undefined>> = {
    comment: kind.comment ?? `obj_description(oid, '${kind.catalog}')`,
    grants: kind.grants,
  };
  const what = kind.properties[selected] ?? shared[selected];
  // An unknown property is somewhere in the row.
  const list = what === undefined ? "*" : `${kind.name} AS ${alias(title)}, ${what} AS ${alias(selected)}`;

  return `SELECT ${list}\nFROM ${kind.catalog} WHERE ${kind.where(name)}`;
}

function formatListQuery(object: string): string {
  const catalog = listedCatalogs[findKind(object, Object.keys(listedCatalogs)) ?? ""];

  return catalog === undefined
    ? `SELECT defaclrole::regrole AS of_role, nullif(defaclnamespace, 0)::regnamespace AS in_schema,
  defaclobjtype AS on_type, defaclacl AS grants
FROM pg_default_acl ORDER BY oid`
    : `SELECT (pg_identify_object('${catalog}'::regclass, oid, 0)).*
FROM ${catalog} WHERE oid >= 16384 ORDER BY oid`;
}

function alias(property: string): string {
  return property.replaceAll(" ", "_");
}

/** `public.t (id = 7, name = 'a, b')` */
function formatRowQuery(name: string, column: string | undefined): string {
  const [, table = "", key = ""] = /^(.+?) \((.*)\)$/s.exec(name) ?? [];
  const parts = [...key.matchAll(/(.+?) = ('(?:[^']|'')*'|[\w-]+)(?:, |$)/gs)];
  const conditions = parts.map(([, part = "", value = ""]) =>
    value === "NULL"
      ? `${identifier(part)} IS NULL`
      : `${identifier(part)} = ${value.startsWith("'") ? value : escapeLiteral(value)}`,
  );
  const columns = column === undefined ? ["*"] : [...parts.map(([, part = ""]) => part), column].map(identifier);

  return `SELECT ${columns.join(", ")} FROM ${table}\nWHERE ${conditions.join(" AND ")}`;
}

function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : escapeIdentifier(name);
}
