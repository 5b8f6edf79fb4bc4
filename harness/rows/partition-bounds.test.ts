import { expect, test } from "vitest";
import { loadParser } from "../release/parser.ts";
import { parsePartitionBounds } from "./partition-bounds.ts";
import type { ColumnModel, TableModel } from "./schema-model.ts";

const parser = await loadParser();

function table(oid: string, more: Partial<TableModel>): TableModel {
  const column = (name: string, number: number): ColumnModel => ({
    number,
    name,
    type: "25",
    typmod: -1,
    typeName: "text",
    notNull: false,
    mayHoldNull: false,
    identity: "",
    generated: "",
    default: null,
    sequence: null,
  });

  return {
    oid,
    schema: "public",
    name: `t${oid}`,
    kind: "r",
    isPartition: true,
    bound: null,
    partitionConstraint: null,
    partitionKey: null,
    parents: ["1"],
    columns: [column("at", 1), column("Region", 2)],
    checks: [],
    keys: [],
    exclusions: [],
    evaluated: [],
    foreignKeys: [],
    triggers: [],
    ...more,
  };
}

const parse = (partitionKey: string, ...partitions: TableModel[]) => {
  const root = table("1", { kind: "p", isPartition: false, partitionKey, parents: [] });

  return parsePartitionBounds(parser, root, { tables: [root, ...partitions], types: new Map(), functions: [] });
};

test("a range has bounds, of which one may be missing", () => {
  expect(
    parse(
      "RANGE (at)",
      table("2", { bound: "FOR VALUES FROM ('2031-01-01') TO ('2032-01-01')" }),
      table("3", { bound: "FOR VALUES FROM (MINVALUE) TO (5)" }),
      table("4", { bound: "DEFAULT" }),
    ),
  ).toEqual([
    [
      { kind: "compare", column: "at", operator: ">=", value: "2031-01-01" },
      { kind: "compare", column: "at", operator: "<", value: "2032-01-01" },
    ],
    [{ kind: "compare", column: "at", operator: "<", value: "5" }],
    [],
  ]);
});

test("a list has values, or NULL alone", () => {
  expect(
    parse(
      'LIST ("Region")',
      table("2", { bound: "FOR VALUES IN ('eu', 'it''s')" }),
      table("3", { bound: "FOR VALUES IN (NULL)" }),
    ),
  ).toEqual([
    [{ kind: "in", column: "Region", values: ["eu", "it's"], not: false }],
    [{ kind: "null", column: "Region", isNull: true }],
  ]);
});

test("a partition of a partition satisfies both bounds", () => {
  expect(
    parse(
      "LIST (at)",
      table("2", { kind: "p", bound: "FOR VALUES IN ('x')", partitionKey: 'LIST ("Region")' }),
      table("3", { parents: ["2"], bound: "FOR VALUES IN ('eu')" }),
    ),
  ).toEqual([
    [
      { kind: "in", column: "at", values: ["x"], not: false },
      { kind: "in", column: "Region", values: ["eu"], not: false },
    ],
  ]);
});

test("a hash demands nothing, and without a partition no row is possible", () => {
  expect(parse("HASH (at)", table("2", { bound: "FOR VALUES WITH (modulus 2, remainder 0)" }))).toEqual([[]]);
  expect(parse("RANGE (at)")).toEqual([]);
});
