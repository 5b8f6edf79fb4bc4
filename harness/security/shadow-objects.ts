/**
 * Objects of a role's own that bear the names of what functions reach for (pure). A spying decoy does what the real one
 * does and tells on the way with whose rights it runs; a lying one answers NULL.
 */
import type { Callable, Relation, Surroundings } from "./function-dependencies.ts";

export const DECOY_KINDS = ["trigger", "view", "table", "cast", "type", "function", "operator"] as const;
export type DecoyKind = (typeof DECOY_KINDS)[number];

export type Manner = "spying" | "lying";

export interface Decoy {
  /** What it is, such as `now()`. */
  readonly what: string;
  /** The statements that make it. */
  readonly sql: string;
  /** The table that holds its rows, where it has some. */
  readonly rows?: string;
}

/** Statements that fill a decoy, by the name of the relation that it stands for. */
export type Rows = Readonly<Record<string, (target: string) => string>>;

export interface DecoyOptions {
  /** The schema in which they are made. */
  readonly place: string;
  readonly manner: Manner;
  readonly rows: Rows;
}

/** What a spy says at once, whatever becomes of the call: INFO reaches every client. */
const CONFESSION = "code of the intruder runs with the rights of";

/** The role with whose rights a spy ran, if this is what it says. */
export function confessed(message: string): string | undefined {
  return message.startsWith(CONFESSION) ? message.slice(CONFESSION.length + 1) : undefined;
}

/** What spies write down, and how: made before any decoy. */
export function spySql(place: string): string {
  return `CREATE TABLE ${place}.seen (ran_as TEXT);
CREATE FUNCTION ${place}.spy() RETURNS BOOLEAN LANGUAGE plpgsql AS $spy$
BEGIN
    INSERT INTO ${place}.seen VALUES (current_user);
    RAISE INFO '${CONFESSION} %', current_user;
    RETURN TRUE;
END $spy$;`;
}

/** The decoys of one kind, each by itself. */
export function decoysOf(kind: DecoyKind, surroundings: Surroundings, options: DecoyOptions): Decoy[] {
  const { relations, functions, operators, types } = surroundings;

  switch (kind) {
    case "table":
      return relations.map((relation) => table(relation, options));
    case "trigger":
      return relations.map((relation) => withTrigger(relation, options));
    case "view":
      return relations.map((relation, index) => view(relation, index, options));
    case "cast":
      return withCasts(relations, options);
    case "function":
      return functions.map((callable) => ofFunction(callable, options));
    case "operator":
      return operators.map((callable, index) => ofOperator(callable, index, options));
    case "type":
      return types.map((name) => ofType(name, options));
  }
}

function table({ name, columns }: Relation, { place, rows }: DecoyOptions, named = name): Decoy {
  const list = columns.map((column) => `${column.name} ${column.type}`).join(", ");
  const target = `${place}.${named}`;

  return { what: name, rows: target, sql: joined(`CREATE TABLE ${target} (${list});`, rows[name]?.(target)) };
}

function withTrigger(relation: Relation, options: DecoyOptions): Decoy {
  const { place } = options;
  const plain = table(relation, options);
  const sql = `CREATE FUNCTION ${place}.at_${plainName(relation)}() RETURNS trigger LANGUAGE plpgsql AS $decoy$
BEGIN
    PERFORM ${place}.spy();
    RETURN NEW;
END $decoy$;
CREATE TRIGGER spy BEFORE INSERT OR UPDATE ON ${place}.${relation.name}
FOR EACH ROW EXECUTE FUNCTION ${place}.at_${plainName(relation)}();`;

  return { ...plain, sql: joined(plain.sql, sql) };
}

function view(relation: Relation, index: number, options: DecoyOptions): Decoy {
  const { place } = options;
  const behind = table(relation, options, `behind_${index + 1}`);

  return {
    ...behind,
    sql: joined(
      behind.sql,
      `CREATE VIEW ${place}.${relation.name} AS SELECT * FROM ${behind.rows} WHERE ${place}.spy();`,
    ),
  };
}

/** Tables whose integers are of a type of the role's own, which casts of its own turn into integers and back. */
function withCasts(relations: readonly Relation[], options: DecoyOptions): Decoy[] {
  const { place } = options;
  const worth = `${place}.worth`;
  const cast = `CREATE TYPE ${worth} AS (n INTEGER);
CREATE FUNCTION ${place}.worth_of(${worth}) RETURNS INTEGER LANGUAGE plpgsql AS $decoy$
BEGIN PERFORM ${place}.spy(); RETURN $1.n; END $decoy$;
CREATE FUNCTION ${place}.as_worth(INTEGER) RETURNS ${worth} LANGUAGE plpgsql AS $decoy$
BEGIN PERFORM ${place}.spy(); RETURN ROW($1); END $decoy$;
CREATE CAST (${worth} AS INTEGER) WITH FUNCTION ${place}.worth_of(${worth}) AS IMPLICIT;
CREATE CAST (INTEGER AS ${worth}) WITH FUNCTION ${place}.as_worth(INTEGER) AS ASSIGNMENT;`;
  const tables = relations
    .filter(({ columns }) => columns.some(({ type }) => type === "integer"))
    .map(({ name, columns }) => {
      const cloaked = columns.map((column) =>
        column.type === "integer" ? { ...column, type: worth } : column,
      );

      return table({ name, columns: cloaked }, options);
    });

  // One decoy: the tables are nothing without the casts.
  return tables.length === 0
    ? []
    : [
        {
          what: tables.map(({ what }) => what).join(", "),
          sql: joined(cast, ...tables.map(({ sql }) => sql)),
        },
      ];
}

function ofFunction(callable: Callable, options: DecoyOptions): Decoy {
  const { name, schema, types } = callable;

  return {
    what: `${name}(${types.join(", ")})`,
    sql: functionSql(callable, `${options.place}.${name}`, options, `${schema}.${name}(${places(types)})`),
  };
}

function ofOperator(callable: Callable, index: number, options: DecoyOptions): Decoy {
  const { name, types } = callable;
  const helper = `${options.place}.operator_${index + 1}`;
  const sql = `CREATE OPERATOR ${options.place}.${name} (FUNCTION = ${helper}, LEFTARG = ${types[0]}, RIGHTARG = ${types[1]});`;

  return {
    what: `${types[0]} ${name} ${types[1]}`,
    sql: joined(functionSql(callable, helper, options, `$1 OPERATOR(pg_catalog.${name}) $2`), sql),
  };
}

function functionSql(
  { types, returns }: Callable,
  named: string,
  { place, manner }: DecoyOptions,
  real: string,
): string {
  const nothing = returns === "void" ? "RETURN;" : "RETURN NULL;";
  const same = returns === "void" ? `PERFORM ${real};` : `RETURN ${real};`;
  const body = manner === "lying" ? nothing : `PERFORM ${place}.spy(); ${same}`;

  return `CREATE FUNCTION ${named}(${types.join(", ")}) RETURNS ${returns} LANGUAGE plpgsql AS $decoy$
BEGIN ${body} END $decoy$;`;
}

function ofType(name: string, { place, manner }: DecoyOptions): Decoy {
  const check = manner === "lying" ? "VALUE IS NULL" : `${place}.spy()`;

  return { what: name, sql: `CREATE DOMAIN ${place}.${name} AS pg_catalog.${name} CHECK (${check});` };
}

function plainName({ name }: Relation): string {
  return name.replace(/\W/g, "_");
}

function places(types: readonly string[]): string {
  return types.map((_, index) => `$${index + 1}`).join(", ");
}

function joined(...statements: readonly (string | undefined)[]): string {
  return statements.filter((statement) => statement !== undefined).join("\n");
}
