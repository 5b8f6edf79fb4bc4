/**
 * Defines how relations, columns and indexes are queried in the system catalogs (pure). The queries are for people: they
 * return less than the catalog's facts, in the words of the system catalogs.
 */
import { escapeLiteral } from "pg";

export interface ObjectKind {
  readonly catalog: string;
  /** The object's own name, as an expression. */
  readonly name: string;
  /** The condition that finds it by its qualified name; it raises no error if there is no such object. */
  readonly where: (name: string) => string;
  /** Each property as an expression. */
  readonly properties: Readonly<Record<string, string>>;
  /** The property to select for an object that was added or removed. */
  readonly main: string;
  readonly grants?: string;
  /** Instead of obj_description. */
  readonly comment?: string;
}

export const relationKind: ObjectKind = {
  catalog: "pg_class",
  name: "oid::regclass",
  where: (name) => `oid = to_regclass(${escapeLiteral(name)})`,
  properties: {
    owner: "relowner::regrole",
    persistence: "relpersistence",
    "access method": "(SELECT amname FROM pg_am WHERE pg_am.oid = relam)",
    tablespace: "reltablespace",
    options: "reloptions",
    "toast options": "(SELECT toast.reloptions FROM pg_class AS toast WHERE toast.oid = pg_class.reltoastrelid)",
    "row security": "relrowsecurity",
    "forced row security": "relforcerowsecurity",
    "replica identity": "relreplident",
    "of type": "nullif(reloftype, 0)::regtype",
    inherits:
      "(SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = oid)",
    "partition key": "pg_get_partkeydef(oid)",
    "partition bound": "pg_get_expr(relpartbound, oid)",
    definition: "pg_get_viewdef(oid)",
    populated: "relispopulated",
    foreign: "(SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = oid)",
    sequence: "(SELECT to_jsonb(pg_sequence) FROM pg_sequence WHERE seqrelid = oid)",
    "owned by": `(SELECT pg_describe_object(refclassid, refobjid, refobjsubid) FROM pg_depend
  WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i'))`,
  },
  main: "owner",
  grants: "coalesce(relacl, acldefault('r', relowner))",
};

export const columnKind: ObjectKind = {
  catalog: "pg_attribute",
  name: "attname",
  where: (name) => `${matchInRelation("attrelid", "attname", name)} AND NOT attisdropped`,
  properties: {
    position: `(SELECT string_agg(other.attname, ', ' ORDER BY other.attnum) FROM pg_attribute AS other
WHERE other.attrelid = pg_attribute.attrelid AND other.attnum > 0 AND NOT other.attisdropped)`,
    type: "format_type(atttypid, atttypmod)",
    default: "(SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)",
    nullable: "NOT attnotnull",
    identity: "attidentity",
    generated: "attgenerated",
    collation: "nullif(attcollation, 0)::regcollation",
    statistics: "attstattarget",
    storage: "attstorage",
    compression: "attcompression",
    options: "attoptions",
    "foreign options": "attfdwoptions",
    inherited: "attinhcount",
  },
  main: "type",
  grants: "attacl",
  comment: "col_description(attrelid, attnum)",
};

export const indexKind: ObjectKind = {
  catalog: "pg_index",
  name: "indexrelid::regclass",
  where: (name) => `indexrelid = to_regclass(${escapeLiteral(name)})`,
  properties: {
    definition: "pg_get_indexdef(indexrelid)",
    valid: "indisvalid",
    ready: "indisready",
    live: "indislive",
    clustered: "indisclustered",
    "replica identity": "indisreplident",
    primary: "indisprimary",
    owner: "(SELECT relowner::regrole FROM pg_class WHERE oid = indexrelid)",
    options: "(SELECT reloptions FROM pg_class WHERE oid = indexrelid)",
  },
  main: "definition",
  comment: "obj_description(indexrelid, 'pg_class')",
};

/** The condition that finds what belongs to a relation: `public.t.c`. */
export function matchInRelation(relation: string, column: string, name: string): string {
  const [owner, own] = splitName(name);

  return `${relation} = to_regclass(${owner}) AND ${column} = ${own}`;
}

/** `public.t.c` as the literals of `public.t` and `c`; each part may be quoted, with dots in it. */
export function splitName(name: string): readonly [owner: string, own: string] {
  const parts = name.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  const own = (parts.at(-1) ?? "").replace(/^"(.*)"$/s, "$1").replaceAll('""', '"');

  return [escapeLiteral(parts.slice(0, -1).join(".")), escapeLiteral(own)];
}
