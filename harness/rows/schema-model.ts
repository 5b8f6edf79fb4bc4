/** A schema as the generation of rows sees it: plain data, read by one query (read-schema.ts). */
import type { SqlFunction } from "./inlined-functions.ts";

export interface SchemaModel {
  /** Ordered by schema and name; no two tables share a key. */
  readonly tables: readonly TableModel[];
  /** By OID, as text. */
  readonly types: ReadonlyMap<string, TypeModel>;
  /** The user's functions that return an expression of their arguments. */
  readonly functions: readonly SqlFunction[];
}

export interface TableModel {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** `r` for a table, `p` for a partitioned one. */
  readonly kind: "r" | "p";
  readonly isPartition: boolean;
  /** The bound of a partition, such as `FOR VALUES FROM (1) TO (5)` or `DEFAULT`. */
  readonly bound: string | null;
  /** What the rows of a partition meet, as SQL. */
  readonly partitionConstraint: string | null;
  /** Such as `RANGE (created_at)`. */
  readonly partitionKey: string | null;
  /** OIDs of the tables from which it inherits, or of which it is a partition. */
  readonly parents: readonly string[];
  readonly columns: readonly ColumnModel[];
  readonly checks: readonly { readonly name: string; readonly expression: string; readonly validated: boolean }[];
  readonly keys: readonly KeyModel[];
  /** Keys WITHOUT OVERLAPS are here, too. */
  readonly exclusions: readonly ExclusionModel[];
  /** The indexes with an expression or a predicate. */
  readonly evaluated: readonly EvaluatedIndex[];
  readonly foreignKeys: readonly ForeignKeyModel[];
  /** Row triggers on INSERT. */
  readonly triggers: readonly {
    readonly name: string;
    /** The function's name. */
    readonly function: string;
    readonly body: string;
    /** True where it may run at the end of the transaction. */
    readonly deferrable: boolean;
    /** True where a WHEN decides whether it runs. */
    readonly conditional: boolean;
    /** The bodies of the functions that it calls. */
    readonly called: string | null;
  }[];
}

export interface ColumnModel {
  readonly number: number;
  readonly name: string;
  /** OID of the type. */
  readonly type: string;
  readonly typmod: number;
  /** As in a definition, such as `character varying(20)`. */
  readonly typeName: string;
  /** By the column or by its domain. */
  readonly notNull: boolean;
  /** True where NOT NULL is not validated: rows from before it may hold NULL. */
  readonly mayHoldNull: boolean;
  /** `a` ALWAYS, `d` BY DEFAULT, empty otherwise. */
  readonly identity: string;
  /** `s` stored, `v` virtual, empty otherwise. */
  readonly generated: string;
  readonly default: string | null;
  /** The sequence that the column owns. */
  readonly sequence: string | null;
}

export interface KeyModel {
  readonly name: string;
  readonly primary: boolean;
  /** Column numbers; 0 for an expression. */
  readonly columns: readonly number[];
  /** Each part as SQL. */
  readonly expressions: readonly string[];
  /** Of each part: its collation, qualified, where that takes different texts for equal; null otherwise. */
  readonly collations: readonly (string | null)[];
  readonly predicate: string | null;
  readonly nullsNotDistinct: boolean;
}

export interface EvaluatedIndex {
  readonly name: string;
  /** Those of its parts that are no columns; null where there is none. */
  readonly expressions: readonly string[] | null;
  readonly predicate: string | null;
}

/** No two rows are related by all operators; expressions and operators are parallel; an operator outside pg_catalog is qualified. */
export interface ExclusionModel {
  readonly name: string;
  /** Column numbers; 0 for an expression. */
  readonly columns: readonly number[];
  /** Each part as SQL. */
  readonly expressions: readonly string[];
  readonly operators: readonly string[];
  readonly predicate: string | null;
}

export interface ForeignKeyModel {
  readonly name: string;
  readonly columns: readonly number[];
  /** OID of the table that it references. */
  readonly table: string;
  readonly references: readonly number[];
  readonly deferrable: boolean;
  readonly validated: boolean;
  /** True for MATCH FULL. */
  readonly matchesFull: boolean;
  /** True where its last columns are a PERIOD. */
  readonly isTemporal: boolean;
}

export interface TypeModel {
  readonly oid: string;
  readonly name: string;
  readonly schema: string;
  /** As `pg_type.typtype`: b base, c composite, d domain, e enum, m multirange, p pseudo, r range. */
  readonly kind: string;
  readonly category: string;
  readonly element: string | null;
  readonly base: string | null;
  /** Of a domain: its base type as in a definition, such as `character varying(20)`. */
  readonly baseName: string | null;
  readonly typmod: number;
  readonly notNull: boolean;
  readonly labels: readonly string[] | null;
  readonly subtype: string | null;
  readonly checks: readonly string[] | null;
  /** Those of the checks that all rows meet. */
  readonly validatedChecks: readonly string[];
  readonly attributes: readonly { readonly name: string; readonly type: string; readonly typmod: number }[] | null;
}

/** `schema.name`: how datasets name a table. */
export function tableKey({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

/** Finds a table by `schema.name`, or by its name where only one schema has it. */
export function findTable(schema: SchemaModel, key: string): TableModel | undefined {
  const named = schema.tables.filter(({ name }) => name === key);

  return schema.tables.find((table) => tableKey(table) === key) ?? (named.length === 1 ? named[0] : undefined);
}

/** The names of columns, in the order of their numbers' list. */
export function nameColumns({ columns }: TableModel, numbers: readonly number[]): readonly string[] {
  return numbers.flatMap((number) => columns.find((column) => column.number === number)?.name ?? []);
}

/** The columns that an expression mentions. */
export function findMentionedColumns(expression: string, { columns }: TableModel): readonly string[] {
  const words = new Set(expression.match(/"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*/gu));

  return columns.map(({ name }) => name).filter((name) => words.has(name) || words.has(`"${name}"`));
}
