/**
 * Settings of a database (`ALTER DATABASE … SET`, `ALTER ROLE … IN DATABASE … SET`). CREATE DATABASE does not copy them
 * from its template (PostgreSQL manual, CREATE DATABASE, Notes).
 */
import { escapeLiteral } from "pg";
import type { TextRow } from "./session.ts";

/** Selects the settings of a database, named by $1. */
export const DATABASE_SETTINGS_SQL = `SELECT CASE WHEN setrole = 0 THEN 'ALL' ELSE setrole::regrole::text END AS role, setting
FROM pg_db_role_setting CROSS JOIN unnest(setconfig) AS setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = $1)`;

/** Parameters whose value is a list of names, each quoted on its own (`GUC_LIST_QUOTE` in PostgreSQL's source). */
const LISTS = [
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
];

/** A statement that gives the database one of the selected settings. */
export function applySettingSql(database: string, { role, setting }: TextRow): string {
  const text = setting ?? "";
  const name = text.slice(0, text.indexOf("="));
  const value = text.slice(name.length + 1);
  const values = LISTS.includes(name) ? splitList(value) : [value];
  const parameter = name
    .split(".")
    .map((part) => `"${part}"`)
    .join(".");

  // For ALL it is what ALTER DATABASE … SET does.
  return `ALTER ROLE ${role} IN DATABASE ${database} SET ${parameter} TO ${values.map(escapeLiteral).join(", ")}`;
}

/** The names of a list; one that is empty is `""`. */
function splitList(list: string): readonly string[] {
  const names = list.match(/"(?:[^"]|"")*"|[^,\s"]+/g) ?? [""];

  return names.map((name) => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name));
}

/** Whether SQL sets what sessions on a database or of a role begin with: it reaches new sessions only. */
export function setsSessionDefaults(sql: string): boolean {
  return /\bALTER\s+(?:DATABASE|ROLE|USER)\b/i.test(sql);
}
