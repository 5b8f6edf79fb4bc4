/**
 * Reads all that a migration may change: the catalog, each row of each table, and the sequences. Objects keep their
 * identity across a rename, so that two snapshots of one database can be matched by it.
 */
import { readFileSync } from "node:fs";
import { escapeIdentifier } from "pg";
import { queryJsonOn } from "../database/pinned-settings.ts";
import type { Session } from "../database/session.ts";
import { codePath } from "../files/installation.ts";
import type { Catalog } from "./build-catalog.ts";
import { observeIdentifiedCatalog } from "./facts.ts";

export interface Snapshot {
  readonly catalog: Catalog;
  /**
   * Each object of the catalog by its name there, as `class,oid,number`: the OID of its system catalog, its own OID, and
   * the number of a column (0 otherwise). It stays the same when the object is renamed or moved to another schema.
   */
  readonly identities: ReadonlyMap<string, string>;
  /** Ordered by schema and name. A partition's rows are those of its root; views and foreign tables have none. */
  readonly tables: readonly SnapshotTable[];
  readonly sequences: readonly SnapshotSequence[];
}

export interface SnapshotTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  /** `r` for a table, `p` for a partitioned one. */
  readonly kind: "r" | "p";
  /** The live columns, by number. */
  readonly columns: readonly SnapshotColumn[];
  /** The numbers of the primary key's columns, or else of a unique key without NULLs; empty where there is neither. */
  readonly key: readonly number[];
  /** Sorted; each with a cell for each column: the text that PostgreSQL formats in UTC, or NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface SnapshotColumn {
  /** Within the table, never used again (pg_attribute.attnum). */
  readonly number: number;
  readonly name: string;
  /** As in a definition, such as `character varying(20)`. */
  readonly type: string;
}

/** Numbers are texts, since they may exceed what a JavaScript number holds. */
export interface SnapshotSequence {
  readonly oid: string;
  /** Qualified and quoted as in SQL. */
  readonly name: string;
  readonly lastValue: string;
  /** False where `lastValue` is what the next call returns (PostgreSQL manual, 9.17 Sequence Manipulation Functions). */
  readonly isCalled: boolean;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cycles: boolean;
  /** The columns that own it, or whose default names it: the OID of the table, and the number of the column. */
  readonly usedBy: readonly { readonly table: string; readonly column: number }[];
}

const structureQuery = readFileSync(codePath("harness/catalog/snapshot.sql"), "utf8");

interface Structure {
  readonly tables: readonly Omit<SnapshotTable, "rows">[];
  readonly sequences: readonly Omit<SnapshotSequence, "lastValue" | "isCalled">[];
}

interface Contents {
  readonly rows: readonly ((string | null)[][] | null)[];
  readonly sequences: readonly [lastValue: string, isCalled: boolean][];
}

/** Reads a snapshot on an observer session, as its role sees the rows, in three round trips. */
export async function readSnapshot(observer: Session): Promise<Snapshot> {
  return { ...(await observeIdentifiedCatalog(observer)), ...(await readContents(observer)) };
}

/** The part of a snapshot without the catalog, in two round trips. */
export async function readContents(observer: Session): Promise<Pick<Snapshot, "tables" | "sequences">> {
  const queryJson = queryJsonOn(observer);
  const structure = (await queryJson(structureQuery)) as Structure;
  const contents = (await queryJson(formatContentsQuery(structure))) as Contents;

  return {
    tables: structure.tables.map((table, index) => ({ ...table, rows: sortRows(contents.rows[index] ?? []) })),
    sequences: structure.sequences.map((sequence, index) => {
      const [lastValue, isCalled] = contents.sequences[index] ?? ["0", false];

      return { ...sequence, lastValue, isCalled };
    }),
  };
}

function formatContentsQuery({ tables, sequences }: Structure): string {
  const rows = tables.map(({ schema, name, kind, columns }) => {
    const cells = columns.map((column) => `t.${escapeIdentifier(column.name)}::text`).join(", ");
    const from = `${kind === "r" ? "ONLY " : ""}${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;

    return `(SELECT json_agg(ARRAY[${cells}]::text[]) FROM ${from} AS t)`;
  });
  const values = sequences.map(({ name }) => `(SELECT json_build_array(last_value::text, is_called) FROM ${name})`);

  return `SELECT json_build_object('rows', ${formatList(rows)}, 'sequences', ${formatList(values)})::text AS answer`;
}

/** Lists of lists: a function takes no more than 100 arguments. */
function formatList(items: readonly string[]): string {
  return items.length === 0 ? "'[]'::json" : `array_to_json(ARRAY[${items.join(",\n")}]::json[])`;
}

function sortRows(rows: readonly (string | null)[][]): readonly (readonly (string | null)[])[] {
  return rows
    .map((row) => ({ row, text: JSON.stringify(row) }))
    .sort((one, other) => (one.text < other.text ? -1 : 1))
    .map(({ row }) => row);
}
