/**
 * What every row of a table needs, found once for a schema (pure): the order of insertion, the parents, the columns
 * that are written, and the alternatives of each CHECK.
 */
import type { Parser } from "../release/parser.ts";
import { parseAlternatives } from "./conditions.ts";
import type { Alternative } from "./demands.ts";
import { inlineFunctions } from "./inlined-functions.ts";
import { orderTables } from "./insertion-order.ts";
import { isPlace, rootOf } from "./json-places.ts";
import { JSON_TYPES } from "./json-types.ts";
import { type Link, type LinkSurroundings, type PlannedLinks, planLinks } from "./links.ts";
import { findLiterals, findSources } from "./literals.ts";
import { parsePartitionBounds } from "./partition-bounds.ts";
import {
  type ColumnModel,
  findMentionedColumns,
  nameColumns,
  type SchemaModel,
  type TableModel,
  tableKey,
} from "./schema-model.ts";
import { findCounters, parseAssignments } from "./trigger-bodies.ts";
import { withTriggerKeys } from "./trigger-keys.ts";
import { parseEscapes, parseRefusals } from "./trigger-refusals.ts";
import { planUniqueKeys, type UniqueKey } from "./unique-keys.ts";

export interface RowPlan {
  readonly schema: SchemaModel;
  /** In the order of insertion: parents first, as far as there is no cycle. Partitions are filled through their root. */
  readonly tables: readonly TablePlan[];
  readonly byKey: ReadonlyMap<string, TablePlan>;
}

export interface TablePlan {
  /** `schema.name`. */
  readonly key: string;
  readonly table: TableModel;
  /** The columns that an INSERT writes; generated columns and sequences fill themselves. */
  readonly columns: readonly ColumnPlan[];
  /** The columns that a sequence fills. */
  readonly counted: readonly { readonly column: string; readonly sequence: string }[];
  /** The first value of its sequences. It differs between tables, since equal ids would hide faults. */
  readonly firstId: number;
  readonly links: readonly Link[];
  /** The parents that a trigger inserts for each row: their keys must be new. */
  readonly bases: readonly Link[];
  /** Empty where there is none. */
  readonly primaryKey: readonly string[];
  readonly uniqueKeys: readonly UniqueKey[];
  /** For each CHECK, each partition key and each domain: the ways to satisfy it. */
  readonly checks: readonly (readonly Alternative[])[];
  /** Why no row is generated. */
  readonly unfillable?: Obstacle;
}

export interface Obstacle {
  /** Such as `public.events has no partition`. */
  readonly reason: string;
  /** What the user can do about it. */
  readonly advice?: string;
}

export interface ColumnPlan {
  readonly column: ColumnModel;
  /** True where values should rarely repeat, since a unique key has the column. */
  readonly distinct: boolean;
  /** Texts that the schema or the migration compares with. */
  readonly literals: readonly string[];
  /** True where the default is a constant: a row may leave the column out, and is the same on every run. */
  readonly hasConstantDefault: boolean;
  /** True where a trigger adds to it or subtracts from it. */
  readonly isCounter: boolean;
  /** True where a condition on it is not understood, such as a call of the user's function. */
  readonly isGuarded: boolean;
}

const IDS_STEP = 1_000;

/** @param literals of the migration's text: values that something may depend on */
export function planRows(schema: SchemaModel, parser: Parser, literals: readonly string[] = []): RowPlan {
  const { tables: linked } = withTriggerKeys(schema);
  const byOid = new Map(linked.map((table) => [table.oid, table]));
  const order = orderTables(
    linked.filter(({ isPartition }) => !isPartition),
    byOid,
  );
  const positions = new Map(order.map((table, index) => [table, index]));
  const counters = findCounters(schema);
  const planned = order.map((table) => planTable(table, { schema, parser, literals, byOid, positions, counters }));
  const obstacles = findObstacles(planned, schema);
  const tables = planned.map((table) => {
    const unfillable = obstacles.get(table.key);

    return unfillable === undefined ? table : { ...table, unfillable };
  });

  return { schema, tables, byKey: new Map(tables.map((table) => [table.key, table])) };
}

/** Why some tables get no rows of their own, by their key. */
function findObstacles(planned: readonly TablePlan[], { tables }: SchemaModel): ReadonlyMap<string, Obstacle> {
  const partitioned = new Set(tables.flatMap(({ isPartition, parents }) => (isPartition ? parents : [])));
  const fillers = new Map<string, string>();
  for (const table of tables) {
    for (const { body } of table.triggers) {
      for (const [, name = ""] of body.matchAll(/insert\s+into\s+(?:"?\w+"?\.)?"?(\w+)/gi))
        fillers.set(name.toLowerCase(), tableKey(table));
    }
  }
  const obstacles = new Map<string, Obstacle>();
  const unpartitioned = new Map<string, Obstacle>();
  for (const { key, table, links } of planned) {
    const parent = links.find((link) => link.required && unpartitioned.has(link.parent));
    const missing =
      table.kind === "p" && !partitioned.has(table.oid)
        ? { reason: `${key} has no partition`, advice: `add a partition of ${key} to the baseline` }
        : unpartitioned.get(parent?.parent ?? "");
    const filler = fillers.get(table.name.toLowerCase());
    if (missing !== undefined) {
      unpartitioned.set(key, missing);
      obstacles.set(key, missing);
    } else if (filler !== undefined && links.some(({ exclusive }) => exclusive)) {
      obstacles.set(key, { reason: `a trigger on ${filler} fills ${key}` });
    }
  }

  return obstacles;
}

interface Surroundings extends LinkSurroundings {
  readonly literals: readonly string[];
  readonly counters: ReadonlySet<string>;
}

function planTable(table: TableModel, around: Surroundings): TablePlan {
  const { schema, parser, positions, counters } = around;
  const uniqueKeys = planUniqueKeys(table, parser);
  const unique = new Set(uniqueKeys.flatMap(({ columns }) => columns));
  const sources = findSources(table);
  const linked = planLinks(table, around);
  const counted = findCounted(table, linked);
  const isCounted = (name: string): boolean => counted.some(({ column }) => column === name);
  const parsed = table.checks.map(({ expression }) =>
    parseAlternatives(parser, inlineFunctions(expression, schema.functions)),
  );
  const guarded = new Set(
    table.checks.flatMap(({ expression }, index) =>
      parsed[index]?.some(({ length }) => length === 0) ? findMentionedColumns(expression, table) : [],
    ),
  );
  const checks = [
    ...parsed.map(withNull),
    ...parseGenerated(table, parser),
    ...parseAssignments(table, schema),
    ...parseRefusals(table, parser),
    ...parseEscapes(table),
    ...table.columns.flatMap((column) => parseDomainChecks(column, schema, parser)),
    ...(table.kind === "p" ? [parsePartitionBounds(parser, table, schema)] : []),
  ];

  return {
    key: tableKey(table),
    table,
    columns: table.columns
      .filter(({ generated, identity, name }) => generated === "" && identity === "" && !isCounted(name))
      .map((column) => ({
        column,
        distinct: unique.has(column.name),
        literals: [...new Set([...around.literals, ...findLiterals(sources, column.name)])],
        hasConstantDefault: column.default !== null && isConstant(column.default),
        isCounter: counters.has(column.name) && schema.types.get(column.type)?.category === "N",
        isGuarded: guarded.has(column.name),
      })),
    counted,
    // A sequence of a small type ends at 32,767.
    firstId: 1 + IDS_STEP * (1 + ((positions.get(table) ?? 0) % 30)),
    ...linked,
    primaryKey: nameColumns(table, table.keys.find(({ primary }) => primary)?.columns ?? []),
    uniqueKeys,
    checks: checks
      .map((alternatives) => withoutForbiddenNulls(alternatives, table))
      .filter((alternatives) => alternatives.some(({ length }) => length > 0))
      .sort((left, right) => left.length - right.length),
  };
}

/** What a generated column demands of those that it is computed from: no NULL where it takes none. */
function parseGenerated({ columns }: TableModel, parser: Parser): readonly (readonly Alternative[])[] {
  return columns
    .filter(({ generated, notNull }) => generated !== "" && notNull)
    .map((column) => parseAlternatives(parser, `(${column.default}) IS NOT NULL`));
}

/**
 * NULL satisfies a CHECK on one column that does not ask for it (PostgreSQL manual, 5.5.1 Check Constraints), and so does a
 * document without the key that is read.
 */
function withNull(alternatives: readonly Alternative[]): readonly Alternative[] {
  const demands = alternatives.flat();
  const [first] = demands;
  if (first === undefined) return alternatives;
  const root = rootOf(first.column);
  const isOnValue = demands.every(
    (demand) =>
      rootOf(demand.column) === root &&
      (demand.kind === "null" ? demand.isNull && isPlace(demand.column) : !("other" in demand)),
  );
  const isOnPlace =
    isPlace(first.column) && demands.every(({ kind, column }) => column === first.column && kind !== "null");
  const isPresence = demands.some((demand) => demand.kind === "json" && demand.types.length === JSON_TYPES.length);
  const empty = isOnPlace && !isPresence ? [root, first.column] : [root];

  return isOnValue
    ? [...alternatives, ...empty.map((column): Alternative => [{ kind: "null", column, isNull: true }])]
    : alternatives;
}

/** An alternative that wants NULL in a NOT NULL column is none, if there is another. */
function withoutForbiddenNulls(alternatives: readonly Alternative[], { columns }: TableModel): readonly Alternative[] {
  const notNull = new Set(columns.filter((column) => column.notNull).map(({ name }) => name));
  const possible = alternatives.filter(
    (demands) => !demands.some((demand) => demand.kind === "null" && demand.isNull && notNull.has(demand.column)),
  );

  return possible.length > 0 ? possible : alternatives;
}

/**
 * The columns that a sequence fills. One that refers to another table has that table's key, as a table that extends it
 * does, unless a trigger inserts the parent.
 */
function findCounted({ columns }: TableModel, { links, bases }: PlannedLinks): TablePlan["counted"] {
  return columns.flatMap((column) => {
    const { name, identity } = column;
    const sequence = findSequence(column);
    const refers = ({ columns: names }: Link): boolean => names.includes(name);
    const isLinked = identity === "" && links.some((link) => !link.joint && refers(link)) && !bases.some(refers);

    return sequence === undefined || isLinked ? [] : [{ column: name, sequence }];
  });
}

/** The sequence that fills a column: its own, or one that its default names. */
function findSequence({ identity, sequence, default: value }: ColumnModel): string | undefined {
  const named = /^nextval\('(.*)'::regclass\)$/.exec(value ?? "")?.[1];

  return named?.replaceAll("''", "'") ?? (identity === "" ? undefined : (sequence ?? undefined));
}

/** A default without a call: it gives the same value in every run. */
function isConstant(expression: string): boolean {
  return !/\w\(|\bCURRENT_|\bLOCALTIME/i.test(
    expression.replace(/'(?:[^']|'')*'/g, "''").replace(/::[\w ".[\]]+(\(\d+(,\d+)?\))?/g, ""),
  );
}

function parseDomainChecks(
  column: ColumnModel,
  { types, functions }: SchemaModel,
  parser: Parser,
): (readonly Alternative[])[] {
  const checks: (readonly Alternative[])[] = [];
  for (let type = types.get(column.type); type?.kind === "d"; type = types.get(type.base ?? "")) {
    for (const expression of type.checks ?? [])
      checks.push(parseAlternatives(parser, inlineFunctions(expression, functions), { rename: column.name }));
  }

  return checks;
}
