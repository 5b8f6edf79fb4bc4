/**
 * Builds objects of a role's own with the names that functions refer to (pure). One that reports does what the original
 * does and says with whose privileges it runs; one that returns NULL changes the result.
 */
import type { FunctionDependencies, ReferencedFunction, ReferencedRelation } from "./function-dependencies.ts";

export const SHADOW_KINDS = ["trigger", "view", "table", "cast", "type", "function", "operator"] as const;
export type ShadowKind = (typeof SHADOW_KINDS)[number];

type ShadowMode = "report" | "null";

export interface ShadowObject {
  readonly name: string;
  readonly sql: string;
  /** The table that holds its rows, where it has some. */
  readonly rows?: string;
}

/** Statements that fill a shadow table, by the name of the relation that it shadows. */
export type ShadowRows = Readonly<Record<string, (target: string) => string>>;

interface ShadowOptions {
  readonly schema: string;
  readonly mode: ShadowMode;
  readonly rows: ShadowRows;
}

/** Sent as INFO, which reaches every client, even if the call fails afterwards. */
const REPORT = "code of the unprivileged role runs with the rights of";

/** The role with whose privileges a shadow object ran, where the message reports one. */
export function findReportedRole(message: string): string | undefined {
  return message.startsWith(REPORT) ? message.slice(REPORT.length + 1) : undefined;
}

/** The function that reports, and the table in which it does: created before any shadow object. */
export function createReporterSql(schema: string): string {
  return `CREATE TABLE ${schema}.seen (ran_as TEXT);
CREATE FUNCTION ${schema}.report() RETURNS BOOLEAN LANGUAGE plpgsql AS $report$
BEGIN
    INSERT INTO ${schema}.seen VALUES (current_user);
    RAISE INFO '${REPORT} %', current_user;
    RETURN TRUE;
END $report$;`;
}

/** The shadow objects of one kind, each usable alone. */
export function buildShadowObjects(
  kind: ShadowKind,
  { relations, functions, operators, types }: FunctionDependencies,
  options: ShadowOptions,
): ShadowObject[] {
  switch (kind) {
    case "table":
      return relations.map((relation) => shadowTable(relation, options));
    case "trigger":
      return relations.map((relation) => shadowTrigger(relation, options));
    case "view":
      return relations.map((relation, index) => shadowView(relation, index, options));
    case "cast":
      return shadowCasts(relations, options);
    case "function":
      return functions.map((original) => shadowFunction(original, options));
    case "operator":
      return operators.map((original, index) => shadowOperator(original, index, options));
    case "type":
      return types.map((name) => shadowType(name, options));
  }
}

function shadowTable(
  { name, columns }: ReferencedRelation,
  { schema, rows }: ShadowOptions,
  tableName = name,
): ShadowObject {
  const list = columns.map((column) => `${column.name} ${column.type}`).join(", ");
  const target = `${schema}.${tableName}`;

  return { name, rows: target, sql: join(`CREATE TABLE ${target} (${list});`, rows[name]?.(target)) };
}

function shadowTrigger(relation: ReferencedRelation, options: ShadowOptions): ShadowObject {
  const { schema } = options;
  const table = shadowTable(relation, options);
  const trigger = `${schema}.at_${relation.name.replace(/\W/g, "_")}`;
  const sql = `CREATE FUNCTION ${trigger}() RETURNS trigger LANGUAGE plpgsql AS $shadow$
BEGIN
    PERFORM ${schema}.report();
    RETURN NEW;
END $shadow$;
CREATE TRIGGER report BEFORE INSERT OR UPDATE ON ${schema}.${relation.name}
FOR EACH ROW EXECUTE FUNCTION ${trigger}();`;

  return { ...table, sql: join(table.sql, sql) };
}

function shadowView(relation: ReferencedRelation, index: number, options: ShadowOptions): ShadowObject {
  const { schema } = options;
  const table = shadowTable(relation, options, `behind_${index + 1}`);
  const view = `CREATE VIEW ${schema}.${relation.name} AS SELECT * FROM ${table.rows} WHERE ${schema}.report();`;

  return { ...table, sql: join(table.sql, view) };
}

/** One object of all tables: their integers are of the role's own type, which is useless without its casts. */
function shadowCasts(relations: readonly ReferencedRelation[], options: ShadowOptions): ShadowObject[] {
  const { schema } = options;
  const type = `${schema}.wrapped`;
  const casts = `CREATE TYPE ${type} AS (n INTEGER);
CREATE FUNCTION ${schema}.unwrap(${type}) RETURNS INTEGER LANGUAGE plpgsql AS $shadow$
BEGIN PERFORM ${schema}.report(); RETURN $1.n; END $shadow$;
CREATE FUNCTION ${schema}.wrap(INTEGER) RETURNS ${type} LANGUAGE plpgsql AS $shadow$
BEGIN PERFORM ${schema}.report(); RETURN ROW($1); END $shadow$;
CREATE CAST (${type} AS INTEGER) WITH FUNCTION ${schema}.unwrap(${type}) AS IMPLICIT;
CREATE CAST (INTEGER AS ${type}) WITH FUNCTION ${schema}.wrap(INTEGER) AS ASSIGNMENT;`;
  const tables = relations
    .filter(({ columns }) => columns.some((column) => column.type === "integer"))
    .map(({ name, columns }) => {
      const wrapped = columns.map((column) => (column.type === "integer" ? { ...column, type } : column));

      return shadowTable({ name, columns: wrapped }, options);
    });

  const name = tables.map((table) => table.name).join(", ");

  return tables.length === 0 ? [] : [{ name, sql: join(casts, ...tables.map(({ sql }) => sql)) }];
}

function shadowFunction(original: ReferencedFunction, options: ShadowOptions): ShadowObject {
  const { name, schema, types } = original;
  const call = `${schema}.${name}(${types.map((_, index) => `$${index + 1}`).join(", ")})`;

  return {
    name: `${name}(${types.join(", ")})`,
    sql: functionSql(original, `${options.schema}.${name}`, options, call),
  };
}

function shadowOperator(original: ReferencedFunction, index: number, options: ShadowOptions): ShadowObject {
  const { name, types } = original;
  const [left, right] = types;
  const implementation = `${options.schema}.operator_${index + 1}`;
  const sql = functionSql(original, implementation, options, `$1 OPERATOR(pg_catalog.${name}) $2`);
  const operator = `CREATE OPERATOR ${options.schema}.${name} (FUNCTION = ${implementation}, LEFTARG = ${left}, RIGHTARG = ${right});`;

  return { name: `${left} ${name} ${right}`, sql: join(sql, operator) };
}

function functionSql(
  { types, returns }: ReferencedFunction,
  name: string,
  { schema, mode }: ShadowOptions,
  original: string,
): string {
  const [constant, forward] =
    returns === "void" ? ["RETURN;", `PERFORM ${original};`] : ["RETURN NULL;", `RETURN ${original};`];
  const body = mode === "null" ? constant : `PERFORM ${schema}.report(); ${forward}`;

  return `CREATE FUNCTION ${name}(${types.join(", ")}) RETURNS ${returns} LANGUAGE plpgsql AS $shadow$
BEGIN ${body} END $shadow$;`;
}

function shadowType(name: string, { schema, mode }: ShadowOptions): ShadowObject {
  const check = mode === "null" ? "VALUE IS NULL" : `${schema}.report()`;

  return { name, sql: `CREATE DOMAIN ${schema}.${name} AS pg_catalog.${name} CHECK (${check});` };
}

function join(...statements: readonly (string | undefined)[]): string {
  return statements.filter((statement) => statement !== undefined).join("\n");
}
