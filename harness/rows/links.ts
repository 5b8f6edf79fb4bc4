/** The foreign keys of a table as generated rows follow them (pure). */
import type { Parser } from "../release/parser.ts";
import { findRoot, isRequired } from "./insertion-order.ts";
import { findFavoured } from "./parent-conditions.ts";
import { type ForeignKeyModel, nameColumns, type SchemaModel, type TableModel, tableKey } from "./schema-model.ts";
import { insertsInto } from "./trigger-bodies.ts";
import { planUniqueKeys, type UniqueKey } from "./unique-keys.ts";

/** A foreign key of which a row picks the parent. */
export interface Link {
  readonly name: string;
  readonly columns: readonly string[];
  /** Key of the parent's table. */
  readonly parent: string;
  readonly references: readonly string[];
  /** True where no column of it may be NULL. */
  readonly required: boolean;
  /** True where each parent may have one child: the columns are unique. */
  readonly exclusive: boolean;
  /** True where the parent is inserted later, so that an UPDATE sets the columns afterwards. */
  readonly later: boolean;
  /** True where the parent is inserted together with the row: it refers to the row, and neither may be NULL. */
  readonly joint: boolean;
  /** Of such a parent, the name of its foreign key to the row. */
  readonly back?: string;
  /** The values that a function in a CHECK asks of the parent's columns. */
  readonly favoured: Readonly<Record<string, readonly string[]>>;
}

export interface LinkSurroundings {
  readonly schema: SchemaModel;
  readonly parser: Parser;
  readonly byOid: ReadonlyMap<string, TableModel>;
  /** In the order of insertion. */
  readonly positions: ReadonlyMap<TableModel, number>;
}

export interface PlannedLinks {
  readonly links: readonly Link[];
  /** The parents that a trigger inserts for each row. */
  readonly bases: readonly Link[];
}

/** @param depth of tables whose rows a trigger inserts */
export function planLinks(table: TableModel, around: LinkSurroundings, depth = 0): PlannedLinks {
  const uniqueKeys = planUniqueKeys(table, around.parser);
  const links: Link[] = [];
  const bases: Link[] = [];
  for (const key of table.foreignKeys) {
    const parent = findRoot(key.table, around.byOid);
    if (parent === undefined) continue;
    const link = planLink({ table, key, parent, uniqueKeys }, around);
    if (link.exclusive && link.required && depth < DEPTH_MAX && insertsInto(table, parent)) {
      const above = planLinks(parent, around, depth + 1);
      bases.push(link, ...inheritLinks(link, above.bases));
      links.push(...inheritLinks(link, above.links));
    } else {
      links.push(link);
    }
  }

  return { links: narrowestFirst(links, around), bases };
}

/** A table that a trigger fills may have such a trigger of its own. */
const DEPTH_MAX = 4;

/** Where a trigger inserts the parent of a row, the key is new, and the other columns refer to what the parent refers to. */
function inheritLinks({ columns, references }: Link, links: readonly Link[]): readonly Link[] {
  return links
    .filter((link) => link.columns.every((column) => references.includes(column)))
    .map((link) => ({
      ...{ ...link, joint: false },
      columns: link.columns.map((column) => columns[references.indexOf(column)] ?? column),
    }));
}

/** A link to a table whose triggers insert the parent of another link comes before that one, which then finds it. */
function narrowestFirst(links: readonly Link[], { schema }: LinkSurroundings): readonly Link[] {
  const byKey = new Map(schema.tables.map((table) => [tableKey(table), table]));
  const ordered: Link[] = [];
  for (const link of links) {
    const table = byKey.get(link.parent);
    const at = ordered.findIndex(({ parent, columns }) => {
      const base = byKey.get(parent);

      return (
        table !== undefined &&
        base !== undefined &&
        columns.some((column) => link.columns.includes(column)) &&
        insertsInto(table, base)
      );
    });
    ordered.splice(at < 0 ? ordered.length : at, 0, link);
  }

  return ordered;
}

function planLink(
  {
    table,
    key,
    parent,
    uniqueKeys,
  }: {
    readonly table: TableModel;
    readonly key: ForeignKeyModel;
    readonly parent: TableModel;
    readonly uniqueKeys: readonly UniqueKey[];
  },
  { positions, schema, parser }: LinkSurroundings,
): Link {
  const columns = nameColumns(table, key.columns);
  const required = isRequired(key, table);
  const back = parent === table ? undefined : parent.foreignKeys.find((other) => other.table === table.oid);
  const isLater = (positions.get(parent) ?? -1) > (positions.get(table) ?? 0);

  return {
    name: key.name,
    columns,
    parent: tableKey(parent),
    references: nameColumns(parent, key.references),
    required,
    exclusive: uniqueKeys.some(
      (unique) =>
        !unique.partial && unique.columns.length > 0 && unique.columns.every((column) => columns.includes(column)),
    ),
    later: !required && isLater,
    joint: required && isLater && key.deferrable && back !== undefined,
    ...(back && { back: back.name }),
    favoured: findFavoured({ child: table, columns, parent }, schema, parser),
  };
}
