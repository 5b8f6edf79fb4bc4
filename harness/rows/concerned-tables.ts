/**
 * Finds the tables that SQL may touch (pure), so that in a large schema only these get rows. A table is concerned if its
 * name, or that of a sequence of its columns, is a word of the SQL, or of a function, view, rule or trigger that is named
 * there in turn; so are those that it inherits from or to, all that it references, and what a cascade may reach.
 */
import { findRoot } from "./insertion-order.ts";
import type { SchemaModel, TableModel } from "./schema-model.ts";

/** What is run where a function, a view or a table of that name is used. */
export interface Definition {
  readonly name: string;
  readonly text: string;
  /** `always` for what runs whatever is named, such as an event trigger; `write` for what runs where rows are written. */
  readonly when: "always" | "named" | "write";
}

/** SQL that may touch what it does not name: it builds names, reads them from the catalog, or changes types. */
const UNNAMED =
  /\bEXECUTE\b(?!\s+(?:FUNCTION|PROCEDURE)\b)|\binformation_schema\b|\bpg_(?!catalog\b|get_serial_sequence\b)\w+|\b(?:ALTER|DROP)\s+(?:TYPE|DOMAIN|SCHEMA|EXTENSION|OWNED)\b|\bREASSIGN\b|\bALL\s+(?:TABLES|SEQUENCES)\b|\bSET\s+SCHEMA\b|\bquery_to_xml\b/i;

/** SQL that runs triggers. */
const WRITES = /\b(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY)\b/i;

/** SQL after which rows that reference others may vanish or change, or are read again. */
const CASCADES = /\b(?:DELETE|TRUNCATE|CASCADE|UPDATE|MERGE|TYPE)\b/i;

/** The tables, by OID; undefined where the text does not show them. */
export function findConcerned(
  { tables }: SchemaModel,
  definitions: readonly Definition[],
  sql: string,
): ReadonlySet<string> | undefined {
  let concerned: ReadonlySet<string> = new Set();
  for (let isMore = true; isMore; ) {
    // A cascade runs the triggers of what it reaches.
    const reached = tables.filter(({ oid }) => concerned.has(oid)).map(({ name }) => name);
    const text = includeDefinitions(definitions, [sql, ...reached].join("\n"));
    if (UNNAMED.test(text)) return undefined;
    const found = follow(tables, text);
    isMore = found.size > concerned.size;
    concerned = found;
  }

  return concerned;
}

/** The tables that a text names, and those that they take with them. */
function follow(tables: readonly TableModel[], text: string): ReadonlySet<string> {
  const words = listWords(text);
  const links = listLinks(tables, CASCADES.test(text));
  const named = tables.filter(({ name, columns }) =>
    [name, ...columns.flatMap(({ sequence }) => lastPart(sequence))].some((each) => isNamed(each, words)),
  );
  const found = new Set(named.map(({ oid }) => oid));
  for (const oid of found) for (const other of links.get(oid) ?? []) found.add(other);

  return found;
}

/** The SQL, and all definitions that it names, and those that they name. */
function includeDefinitions(definitions: readonly Definition[], sql: string): string {
  const texts = [sql];
  let words = listWords(sql);
  let rest = definitions;
  for (let isMore = true; isMore; ) {
    const writes = texts.some((text) => WRITES.test(text));
    const named = rest.filter(
      ({ name, when }) => when === "always" || ((when === "named" || writes) && isNamed(name, words)),
    );
    rest = rest.filter((definition) => !named.includes(definition));
    isMore = named.length > 0;
    const added = named.map((definition) => `${definition.name} ${definition.text}`);
    texts.push(...added);
    words = new Set([...words, ...listWords(added.join("\n"))]);
  }

  return texts.join("\n");
}

/** `users_id_seq` of `public.users_id_seq`. */
function lastPart(sequence: string | null): readonly string[] {
  return sequence === null ? [] : [sequence.split(".").at(-1) ?? sequence];
}

function listWords(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().split(/[^\p{L}\p{N}_$]+/u));
}

function isNamed(name: string, words: ReadonlySet<string>): boolean {
  return [...listWords(name)].every((word) => words.has(word));
}

/** From each table to those that it takes with it. */
function listLinks(tables: readonly TableModel[], cascades: boolean): ReadonlyMap<string, readonly string[]> {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  const links = new Map<string, string[]>();
  const link = (from: string, to: string) => links.set(from, [...(links.get(from) ?? []), to]);
  for (const { oid, parents, foreignKeys } of tables) {
    for (const parent of parents) {
      link(oid, parent);
      link(parent, oid);
    }
    for (const { table } of foreignKeys) {
      const parent = findRoot(table, byOid)?.oid ?? table;
      link(oid, parent);
      if (cascades) link(parent, oid);
    }
  }

  return links;
}
