/** The demands that a row has to satisfy so that a partitioned table has a partition for it (pure). */
import type { Parser } from "../release/parser.ts";
import { parseAlternatives } from "./conditions.ts";
import type { Alternative, Demand } from "./demands.ts";
import type { SchemaModel, TableModel } from "./schema-model.ts";

/**
 * One alternative for each partition that takes rows.
 * @returns an empty list where there is no partition: no row can be inserted
 */
export function parsePartitionBounds(parser: Parser, table: TableModel, schema: SchemaModel): readonly Alternative[] {
  return schema.tables
    .filter((candidate) => candidate.isPartition && candidate.parents.includes(table.oid))
    .flatMap((partition) => {
      const own = parsePartitionBound(parser, table, partition.bound ?? "");
      const below = partition.kind === "p" ? parsePartitionBounds(parser, partition, schema) : [[]];

      return below.map((demands) => [...own, ...demands]);
    });
}

/** What a row satisfies that a partition takes; nothing where the key is no column. */
export function parsePartitionBound(
  parser: Parser,
  { partitionKey, columns: all }: TableModel,
  bound: string,
): Alternative {
  const key = /^(LIST|RANGE|HASH) \((.*)\)$/s.exec(partitionKey ?? "");
  const columns = (key?.[2] ?? "").split(/,\s*/).map((column) => column.replace(/^"(.*)"$/, "$1").replace(/ .*$/, ""));
  const known = columns.every((name) => all.some((column) => column.name === name));

  return known ? parseBound(parser, bound, columns) : [];
}

function parseBound(parser: Parser, bound: string, columns: readonly string[]): Alternative {
  const list = /^FOR VALUES IN \((.*)\)$/s.exec(bound);
  const column = columns[0] ?? "";
  if (list !== null) {
    const values = constantsOf(parser, list[1] ?? "");

    return values.length === 0
      ? [{ kind: "null", column, isNull: true }]
      : [{ kind: "in", column, values, not: false }];
  }
  const range = /^FOR VALUES FROM \((.*)\) TO \((.*)\)$/s.exec(bound);
  if (range === null) return [];
  const [from = "", to = ""] = [range[1], range[2]];
  const demands: Demand[] = [];
  const first = (text: string): string | undefined =>
    /^(MINVALUE|MAXVALUE)/.test(text) ? undefined : constantsOf(parser, text)[0];
  const [low, high] = [first(from), first(to)];
  if (low !== undefined) demands.push({ kind: "compare", column, operator: ">=", value: low });
  if (high !== undefined) demands.push({ kind: "compare", column, operator: "<", value: high });

  return demands;
}

function constantsOf(parser: Parser, list: string): readonly string[] {
  const [demand] = parseAlternatives(parser, `x IN (${list})`)[0] ?? [];

  return demand?.kind === "in" ? demand.values : [];
}
