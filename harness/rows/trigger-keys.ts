/**
 * What triggers demand as a foreign key would, as far as their text shows it (pure): `PERFORM FROM posts p WHERE p.id =
 * NEW.post_id AND p.blog_id = NEW.blog_id; IF NOT FOUND THEN RAISE …` asks for a post of the same blog.
 */
import type { ColumnModel, ForeignKeyModel, SchemaModel, TableModel } from "./schema-model.ts";

interface Pair {
  /** Numbers of columns. */
  readonly column: number;
  readonly reference: number;
}

/** The schema with the keys that triggers check; a real key that one extends is extended, under its own name. */
export function withTriggerKeys(schema: SchemaModel): SchemaModel {
  return {
    ...schema,
    tables: schema.tables.map((table) => ({
      ...table,
      foreignKeys: mergeKeys(table, findTriggerKeys(table, schema.tables)),
    })),
  };
}

function mergeKeys({ foreignKeys }: TableModel, found: readonly ForeignKeyModel[]): readonly ForeignKeyModel[] {
  const extendedBy = (key: ForeignKeyModel): ForeignKeyModel | undefined =>
    found.find(({ table, columns }) => table === key.table && key.columns.every((column) => columns.includes(column)));
  const linked = new Set(foreignKeys.flatMap(({ columns }) => columns));

  return [
    ...foreignKeys.map((key) => {
      const more = key.isTemporal ? undefined : extendedBy(key);

      return more === undefined ? key : { ...key, columns: more.columns, references: more.references };
    }),
    ...found.filter(({ columns: [first = 0] }) => !linked.has(first)),
  ];
}

/** One for each first column: where the same column may refer to several tables, none. */
function findTriggerKeys(table: TableModel, tables: readonly TableModel[]): readonly ForeignKeyModel[] {
  const bodies = [...new Set(table.triggers.filter(({ conditional }) => !conditional).map(({ body }) => body))];
  const keys = bodies
    .filter((body) => /\braise\s+exception\b/i.test(body))
    .flatMap((body) => readKeys(body, table, tables));

  return keys.filter(
    (key, at) =>
      keys.findIndex(({ columns }) => columns[0] === key.columns[0]) === at &&
      keys.every((other) => other.table === key.table || other.columns[0] !== key.columns[0]),
  );
}

/** A query of one table up to its end, with what precedes it. */
const QUERY =
  /(\bif\s+exists\s*\(\s*)?\b(?:select|perform)\b((?:(?!\b(?:select|perform|from)\b|;)[\s\S])*?)\bfrom\s+(?:only\s+)?([\w."]+)(?:\s+(?:as\s+)?(?!where\b)(\w+))?\s+where\b((?:(?!\b(?:limit|order|group|for|union|select)\b|;)[\s\S])*);?(\s*if\s+found\b)?/gi;

function readKeys(text: string, table: TableModel, tables: readonly TableModel[]): readonly ForeignKeyModel[] {
  const body = text.replace(/--[^\n]*/g, "");

  return [...body.matchAll(QUERY)].flatMap((query) => {
    const [, exists, selected = "", name = "", , where = "", found] = query;
    const parent = findParent(name, table, tables);
    if (parent === undefined || /\bor\b/i.test(where)) return [];
    const equal = readPairs(where, /=/, table, parent);
    const agreeing = [
      ...readPairs(where, UNEQUAL, table, parent),
      ...readPairs(body, UNEQUAL, table, parent, readTargets(selected)),
    ];
    // What must not be there is no parent.
    const isForbidden = (exists !== undefined || found !== undefined) && agreeing.length === 0;
    const key = parent.keys.find(
      ({ columns, predicate }) =>
        predicate === null && columns.every((number) => equal.some(({ reference }) => reference === number)),
    );
    const first = equal.filter(({ reference }) => key?.columns.includes(reference) === true);
    const isSame = parent === table && first.every(({ column, reference }) => column === reference);
    if (key === undefined || isForbidden || isSame) return [];
    const more = [...equal, ...agreeing].filter(({ column }) => isCopied(column, table));

    return [toKey(parent, [...first, ...more])];
  });
}

const UNEQUAL = /<>|!=|is\s+(?:not\s+)?distinct\s+from/;

function findParent(written: string, table: TableModel, tables: readonly TableModel[]): TableModel | undefined {
  const [name = "", schema] = written.replaceAll('"', "").toLowerCase().split(".").reverse();
  const named = tables.filter((each) => each.name === name && (schema === undefined || each.schema === schema));

  return named.find((each) => each.schema === table.schema) ?? (named.length === 1 ? named[0] : undefined);
}

/** The variables that a SELECT … INTO sets, with the columns that it reads. */
function readTargets(selected: string): ReadonlyMap<string, string> {
  const [, before = "", variables = "", after = ""] =
    /^([\s\S]*?)\binto\s+(?:strict\s+)?([\w.]+(?:\s*,\s*[\w.]+)*)([\s\S]*)$/i.exec(selected) ?? [];
  const columns = (before.trim() === "" ? after : before).split(",").map((part) => part.trim().split(".").at(-1) ?? "");

  return new Map(variables.split(",").map((variable, at) => [variable.trim().toLowerCase(), columns[at] ?? ""]));
}

/** The columns of the new row that are compared with columns of the parent, or with variables that hold these. */
function readPairs(
  text: string,
  operator: RegExp,
  table: TableModel,
  parent: TableModel,
  variables?: ReadonlyMap<string, string>,
): readonly Pair[] {
  const other = String.raw`((?:"?\w+"?\s*\.\s*)?"?\w+"?)`;
  const own = String.raw`\bnew\s*\.\s*"?(\w+)"?`;
  const sides = [
    ...[...text.matchAll(new RegExp(`${other}\\s*(?:${operator.source})\\s*${own}`, "gi"))].map(([, a, b]) => [a, b]),
    ...[...text.matchAll(new RegExp(`${own}\\s*(?:${operator.source})\\s*${other}`, "gi"))].map(([, a, b]) => [b, a]),
  ];

  return sides.flatMap(([left = "", right = ""]) => {
    const parts = left.replaceAll(/["\s]/g, "").toLowerCase().split(".");
    const [name = "", owner] = parts.reverse();
    if (owner === "new" || owner === "old") return [];
    const isRecord = owner !== undefined && variables?.has(owner) === true;
    const read = variables === undefined || isRecord ? name : (variables.get(name) ?? "");
    const column = findColumn(table, right);
    const reference = findColumn(parent, read);

    return column === undefined || reference === undefined || column.type !== reference.type
      ? []
      : [{ column: column.number, reference: reference.number }];
  });
}

function findColumn({ columns }: TableModel, name: string): ColumnModel | undefined {
  return columns.find((column) => column.name === name.toLowerCase());
}

/** Whether a column takes the parent's value: it always has one, and the row writes it. */
function isCopied(number: number, { columns, keys }: TableModel): boolean {
  const column = columns.find((each) => each.number === number);

  return (
    column?.notNull === true &&
    column.generated === "" &&
    column.identity === "" &&
    column.sequence === null &&
    !keys.some((key) => key.columns.length === 1 && key.columns[0] === number)
  );
}

function toKey(parent: TableModel, pairs: readonly Pair[]): ForeignKeyModel {
  const unique = pairs.filter(({ column }, at) => pairs.findIndex((other) => other.column === column) === at);
  const columns = unique.map(({ column }) => column);

  return {
    ...{ name: `trigger ${parent.name} ${columns.join(" ")}`, table: parent.oid, columns },
    references: unique.map(({ reference }) => reference),
    ...{ deferrable: false, validated: true, matchesFull: false, isTemporal: false },
  };
}
