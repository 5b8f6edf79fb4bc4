/**
 * Reads the storage of the user's relations and the rows that were read and written, from the server's own counters:
 * they are exact and repeatable, unlike durations.
 */
import type { Session, TextRow } from "../database/session.ts";

/** A user relation at one point in time. */
export interface TracedRelation {
  /** Schema-qualified unless the schema is public. */
  readonly name: string;
  /** pg_class.relkind */
  readonly kind: string;
  /** An index's table, else the relation itself: a lock on an index blocks the use of its table. */
  readonly table: string;
  readonly filenode: string | null;
  readonly counts: RowCounts;
}

/** Rows since the server's counters began. */
export interface RowCounts {
  /** Read by scans or through an index. */
  readonly read: number;
  /** Updated or deleted; each is locked until its transaction ends. */
  readonly written: number;
}

/** By oid. */
export type RelationsByOid = ReadonlyMap<string, TracedRelation>;

/** The schema of the tracing triggers. */
export const TRACING_SCHEMA = "plumbline_tracing";

/** Sums the flushed counters and the session's pending ones, so that the result is always up to date. */
export const countExpression = (...names: readonly string[]): string =>
  names.flatMap((name) => [`pg_stat_get_tuples_${name}(c.oid)`, `pg_stat_get_xact_tuples_${name}(c.oid)`]).join(" + ");

const RELATIONS = `SELECT c.oid, c.relkind AS kind, pg_relation_filenode(c.oid) AS filenode,
  ${qualifiedName("c", "n")} AS name, coalesce(${qualifiedName("t", "tn")}, ${qualifiedName("c", "n")}) AS "table",
  ${countExpression("returned", "fetched")} AS read, ${countExpression("updated", "deleted")} AS written
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '${TRACING_SCHEMA}')
ORDER BY name`;

/** The user relations, with everything this session has done to them. */
export async function readRelations(session: Session): Promise<RelationsByOid> {
  const rows = await session.query(RELATIONS);

  return new Map(rows.map((row) => [row["oid"] ?? "", parseRelation(row)]));
}

/** The names of the tables, including partitioned ones. */
export function listTables(relations: RelationsByOid): readonly string[] {
  return [...relations.values()].filter(({ kind }) => "rp".includes(kind)).map(({ name }) => name);
}

/** Rows read and written of each table between the two; dropped tables are left out. */
export function diffRowCounts(before: RelationsByOid, after: RelationsByOid): ReadonlyMap<string, RowCounts> {
  const counts = new Map<string, RowCounts>();
  for (const [oid, { kind, name, counts: earlier }] of before) {
    const now = after.get(oid)?.counts;
    if (now !== undefined && "rpm".includes(kind)) {
      counts.set(name, { read: now.read - earlier.read, written: now.written - earlier.written });
    }
  }

  return counts;
}

/** The tables whose storage was rewritten. */
export function findRewrittenTables(before: RelationsByOid, after: RelationsByOid): readonly string[] {
  return [...before].flatMap(([oid, { kind, name, filenode }]) => {
    const now = after.get(oid);

    return "rm".includes(kind) && now !== undefined && now.filenode !== filenode ? [name] : [];
  });
}

function parseRelation(row: TextRow): TracedRelation {
  return {
    name: row["name"] ?? "",
    kind: row["kind"] ?? "",
    table: row["table"] ?? "",
    filenode: row["filenode"] ?? null,
    counts: { read: Number(row["read"]), written: Number(row["written"]) },
  };
}

function qualifiedName(relation: string, schema: string): string {
  return `CASE ${schema}.nspname WHEN 'public' THEN quote_ident(${relation}.relname)
    ELSE quote_ident(${schema}.nspname) || '.' || quote_ident(${relation}.relname) END`;
}
