/**
 * The statement that shows a difference to whoever runs it in psql (pure): what is asked for is read by name from the
 * system catalogs, so that it runs whether or not the object is there.
 */
import { escapeLiteral } from "pg";
import type { Difference } from "./difference.ts";

/** A statement, without a semicolon, whose result makes the difference visible. */
export function showing({ object }: Difference): string {
  const [kind = "", ...rest] = object.split(" ");
  const name = rest.join(" ");

  switch (kind) {
    case "row":
      return rowQuery(name);
    case "column":
      return `SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
WHERE (table_schema || '.' || table_name) = ${escapeLiteral(ownerOf(name))} ORDER BY ordinal_position`;
    case "constraint":
      return `SELECT conname, pg_get_constraintdef(oid) AS definition, convalidated FROM pg_constraint
WHERE conrelid = to_regclass(${escapeLiteral(ownerOf(name))}) ORDER BY conname`;
    case "index":
      return `SELECT indexrelid::regclass AS index, pg_get_indexdef(indexrelid) AS definition, indisvalid FROM pg_index
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = ${escapeLiteral(schemaOf(name))}::regnamespace) ORDER BY 1`;
    case "function":
    case "procedure":
      return `SELECT oid::regprocedure AS function, proacl AS grants, prosecdef AS security_definer, proconfig AS settings
FROM pg_proc WHERE pronamespace = ${escapeLiteral(schemaOf(name))}::regnamespace ORDER BY 1`;
    default:
      return `SELECT relname, relkind, relacl AS grants, obj_description(oid) AS comment FROM pg_class
WHERE relnamespace = 'public'::regnamespace ORDER BY relname`;
  }
}

/** `row public.t (id = 7)` */
function rowQuery(name: string): string {
  const [, table = "", key = ""] = /^(\S+) \((.*)\)$/s.exec(name) ?? [];
  const condition = key.replace(
    /= (?!'|NULL)(\S+?)(?=,|$)/g,
    (_, value: string) => `= ${escapeLiteral(value)}`,
  );

  return `SELECT * FROM ${table} WHERE ${condition.replaceAll(", ", " AND ")}`;
}

function ownerOf(name: string): string {
  return name.split(".").slice(0, 2).join(".");
}

function schemaOf(name: string): string {
  return name.split(".")[0] ?? "public";
}
