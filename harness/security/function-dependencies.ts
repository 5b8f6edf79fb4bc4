/**
 * Reads from the catalog what the functions of a database refer to by name: tables, functions, operators and types that
 * a caller could shadow with objects of its own.
 */
import type { Session } from "../database/session.ts";
import { findIdentifiers, findOperators } from "./body-identifiers.ts";
import { chooseRoleSwitch, type RoleSwitch } from "./unprivileged-role.ts";

/** A function that is SECURITY DEFINER: it runs with the privileges of its owner. */
export interface DefinerFunction {
  /** As GRANT and REVOKE name it: `public.f(uuid, text)`. */
  readonly signature: string;
  /** As a call names it: `public.f`. */
  readonly name: string;
  readonly schema: string;
  readonly kind: "function" | "procedure";
  readonly types: readonly string[];
  readonly returns: string;
}

export interface ReferencedRelation {
  /** Quoted where it must be, without its schema. */
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface ReferencedFunction {
  /** Quoted where it must be, without its schema. */
  readonly name: string;
  readonly schema: string;
  readonly types: readonly string[];
  readonly returns: string;
}

export interface FunctionDependencies {
  readonly definers: readonly DefinerFunction[];
  readonly relations: readonly ReferencedRelation[];
  readonly functions: readonly ReferencedFunction[];
  readonly operators: readonly ReferencedFunction[];
  /** Base types of pg_catalog that some function may name. */
  readonly types: readonly string[];
  /** How the session becomes a role that it creates. */
  readonly roleSwitch: RoleSwitch;
}

const OWN = `(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend AS d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))`;

const TYPES = `(SELECT coalesce(json_agg(format_type(t, NULL) ORDER BY place), '[]')
  FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, place))`;

const FUNCTIONS = `
SELECT json_agg(json_build_object(
  'signature', format('%I.%I(%s)', n.nspname, p.proname, oidvectortypes(p.proargtypes)),
  'name', format('%I.%I', n.nspname, p.proname),
  'schema', quote_ident(n.nspname),
  'kind', CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
  'definer', p.prosecdef,
  'types', ${TYPES},
  'returns', format_type(p.prorettype, NULL),
  'body', p.prosrc
) ORDER BY n.nspname, p.proname, p.oid) AS answer
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE ${OWN}`;

const RELATIONS = `
SELECT json_agg(json_build_object('name', quote_ident(r.relname), 'columns', (
  SELECT json_agg(json_build_object('name', quote_ident(attname), 'type', format_type(atttypid, atttypmod)) ORDER BY attnum)
  FROM pg_attribute WHERE attrelid = r.oid AND attnum > 0 AND NOT attisdropped
)) ORDER BY r.relname) AS answer
FROM pg_class AS r JOIN pg_namespace AS n ON n.oid = r.relnamespace
WHERE r.relkind IN ('r', 'p', 'v', 'm') AND r.oid >= 16384 AND n.nspname !~ '^pg_' AND r.relname = ANY ($1)`;

/** Functions that a caller can shadow with one of the same signature: no pseudo-type but void, no set, no VARIADIC. */
const CALLED = `
SELECT json_agg(json_build_object(
  'name', quote_ident(p.proname), 'schema', quote_ident(n.nspname), 'types', ${TYPES},
  'returns', format_type(p.prorettype, NULL)) ORDER BY p.proname, p.oid) AS answer
FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE (n.nspname = 'pg_catalog' OR ${OWN}) AND p.proname = ANY ($1)
AND p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0 AND NOT EXISTS (
  SELECT FROM pg_type AS t WHERE t.typtype = 'p' AND t.typname <> 'void'
  AND (t.oid = p.prorettype OR t.oid = ANY (p.proargtypes)))`;

/** Binary operators on the types that the functions use. */
const OPERATORS = `
SELECT json_agg(json_build_object('name', o.oprname, 'schema', 'pg_catalog',
  'types', json_build_array(format_type(o.oprleft, NULL), format_type(o.oprright, NULL)),
  'returns', format_type(o.oprresult, NULL)) ORDER BY o.oprname, o.oid) AS answer
FROM pg_operator AS o
WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprname = ANY ($1)
AND format_type(o.oprleft, NULL) = ANY ($2) AND format_type(o.oprright, NULL) = ANY ($2)`;

const TYPE_NAMES = `
SELECT json_agg(quote_ident(typname) ORDER BY typname) AS answer
FROM pg_type
WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype = 'b' AND typelem = 0 AND typname = ANY ($1)`;

/** Types of literals and of what is computed from them. */
const PLAIN_TYPES = ["integer", "numeric", "text", "boolean"];

type FunctionRow = DefinerFunction & { readonly definer: boolean; readonly body: string };

/** The functions of the session's database, each as one text with all that the catalog says of it. */
export async function listFunctions(session: Session): Promise<ReadonlySet<string>> {
  return new Set((await readList<FunctionRow>(session, FUNCTIONS)).map((row) => JSON.stringify(row)));
}

/**
 * Reads what the functions of the session's database refer to.
 * @param others functions that are left out, as `listFunctions` returns them: what they do is not judged
 * @throws Inconclusive where the session cannot become an unprivileged role
 */
export async function readFunctionDependencies(
  session: Session,
  others: ReadonlySet<string> = new Set(),
): Promise<FunctionDependencies> {
  const all = await readList<FunctionRow>(session, FUNCTIONS);
  const rows = all.filter((row) => !others.has(JSON.stringify(row)));
  const definers = rows.filter(({ definer }) => definer);
  const bodies = rows.map(({ body }) => body).join("\n");
  const identifiers = findIdentifiers(bodies);
  const relations = await readList<ReferencedRelation>(session, RELATIONS, [identifiers]);
  const types = new Set([
    ...PLAIN_TYPES,
    ...definers.flatMap((definer) => definer.types),
    ...relations.flatMap(({ columns }) => columns.map(({ type }) => type)),
  ]);
  const operators = [findOperators(bodies), [...types]];

  return {
    definers,
    relations,
    functions: await readList<ReferencedFunction>(session, CALLED, [identifiers]),
    operators: await readList<ReferencedFunction>(session, OPERATORS, operators),
    types: await readList<string>(session, TYPE_NAMES, [identifiers]),
    roleSwitch: await chooseRoleSwitch(session, identifiers),
  };
}

async function readList<Item>(session: Session, sql: string, values: readonly unknown[] = []): Promise<Item[]> {
  const [row] = await session.query(sql, values);

  return (JSON.parse(row?.["answer"] ?? "null") as Item[] | null) ?? [];
}
