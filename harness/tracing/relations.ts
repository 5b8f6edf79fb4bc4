/**
 * What a statement did to the tables there were before it: their storage, and the rows it read and wrote, as the
 * server's own counters have them. They are exact and repeat, which durations never do.
 */
import type { Row, Session } from "../database/session.ts";

/** A relation of the users', as it was at one moment. */
export interface Relation {
  /** Without its schema where that is public. */
  readonly name: string;
  /** As pg_class.relkind has it. */
  readonly kind: string;
  /** Of an index: the table; of anything else: itself. A lock on an index stops whoever uses its table. */
  readonly table: string;
  readonly filenode: string | null;
  readonly counts: Counts;
}

/** Rows since the server began to count. */
export interface Counts {
  /** Read by scans or through an index. */
  readonly read: number;
  /** Updated or deleted: each is locked until its transaction ends. */
  readonly written: number;
}

/** By oid. */
export type Relations = ReadonlyMap<string, Relation>;

/** Schemas that are no user's, the one that tracing makes among them. */
export const TRACING_SCHEMA = "plumbline_tracing";

/** What is counted for good, and what this session has not handed in yet: together they are always up to date. */
export const counted = (...names: readonly string[]): string =>
  names
    .flatMap((name) => [`pg_stat_get_tuples_${name}(c.oid)`, `pg_stat_get_xact_tuples_${name}(c.oid)`])
    .join(" + ");

const RELATIONS = `SELECT c.oid, c.relkind AS kind, pg_relation_filenode(c.oid) AS filenode,
  ${named("c", "n")} AS name, coalesce(${named("t", "tn")}, ${named("c", "n")}) AS "table",
  ${counted("returned", "fetched")} AS read, ${counted("updated", "deleted")} AS written
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '${TRACING_SCHEMA}')
ORDER BY name`;

/** The relations of the users, with what this session has done to them counted in to the last row. */
export async function readRelations(session: Session): Promise<Relations> {
  const rows = await session.query(RELATIONS);

  return new Map(rows.map((row) => [row["oid"] ?? "", relationOf(row)]));
}

/** The tables among them, partitioned ones included. */
export function tablesOf(relations: Relations): readonly string[] {
  return [...relations.values()].filter(({ kind }) => "rp".includes(kind)).map(({ name }) => name);
}

/** What was read and written of each table between two moments; tables that are gone are left out. */
export function countsBetween(before: Relations, after: Relations): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  for (const [oid, { kind, name, counts: then }] of before) {
    const now = after.get(oid)?.counts;
    if (now !== undefined && "rpm".includes(kind)) {
      counts.set(name, { read: now.read - then.read, written: now.written - then.written });
    }
  }

  return counts;
}

/** The tables whose rows were written anew into other files. */
export function rewrittenBetween(before: Relations, after: Relations): readonly string[] {
  return [...before].flatMap(([oid, { kind, name, filenode }]) => {
    const now = after.get(oid);

    return "rm".includes(kind) && now !== undefined && now.filenode !== filenode ? [name] : [];
  });
}

function relationOf(row: Row): Relation {
  return {
    name: row["name"] ?? "",
    kind: row["kind"] ?? "",
    table: row["table"] ?? "",
    filenode: row["filenode"] ?? null,
    counts: { read: Number(row["read"]), written: Number(row["written"]) },
  };
}

function named(relation: string, schema: string): string {
  return `CASE ${schema}.nspname WHEN 'public' THEN quote_ident(${relation}.relname)
    ELSE quote_ident(${schema}.nspname) || '.' || quote_ident(${relation}.relname) END`;
}
