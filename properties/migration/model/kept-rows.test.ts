import { expect, test } from "vitest";
import { describeDifferences } from "../../../harness/catalog/difference.ts";
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import { compareRows, findDamage } from "./kept-rows.ts";
import { findLostRows } from "./lost-rows.ts";

type Rows = readonly (readonly (string | null)[])[];
interface Shape {
  readonly oid?: string;
  readonly name?: string;
  readonly columns?: readonly (readonly [number: number, name: string, type?: string])[];
  readonly key?: readonly number[];
}

/** A snapshot of one table: `id` and `label`, keyed by `id`, unless the shape says otherwise. */
function holding(
  rows: Rows,
  {
    oid = "1",
    name = "t",
    columns = [
      [1, "id"],
      [2, "label", "text"],
    ],
    key = [1],
  }: Shape = {},
): Snapshot {
  const table: SnapshotTable = {
    ...{ oid, schema: "public", name, kind: "r", key, rows },
    columns: columns.map(([number, column, type = "integer"]) => ({ number, name: column, type })),
  };

  return { catalog: new Map(), identities: new Map(), tables: [table], sequences: [] };
}

const lost = (...keys: string[]) => ({
  subject: "public.t",
  differences: keys.map((key) => ({ kind: "removed", object: `row public.t (${key})` })),
});
const missing = (...keys: string[]) => ({ ...lost(...keys), table: "public.t", isRow: true });
const changed = (key: string, before: string | null, after: string | null) => ({
  ...{ kind: "changed", object: `row public.t (${key})`, property: "label", before, after },
});
const two = holding([
  ["1", "a"],
  ["2", null],
]);
const unkeyed: Shape = { key: [] };

test("nothing is damaged where all rows are as they were", () => {
  expect(findDamage(two, two, two)).toEqual([]);
});

test("a cell that the migration left alone and the rollback changed is damaged", () => {
  expect(
    findDamage(
      two,
      two,
      holding([
        ["1", "a"],
        ["2", "b"],
      ]),
    ),
  ).toEqual([
    { subject: "public.t.label", table: "public.t", isRow: false, differences: [changed("id = 2", null, "b")] },
  ]);
});

test("what the migration itself changed, removed or dropped is not held against the rollback", () => {
  const restored = holding([["1", "c"]]);
  expect(findDamage(two, holding([["1", "b"]]), restored)).toEqual([]);
  expect(
    findDamage(
      two,
      holding(
        [
          ["1", "a"],
          ["2", null],
        ],
        { oid: "9" },
      ),
      restored,
    ),
  ).toEqual([]);
  expect(
    findDamage(
      two,
      holding([["1"], ["2"]], { columns: [[1, "id"]] }),
      holding([
        ["1", null],
        ["2", null],
      ]),
    ),
  ).toEqual([]);
});

test("a missing row is damage, an added one is not", () => {
  expect(
    findDamage(
      two,
      two,
      holding([
        ["1", "a"],
        ["3", "c"],
      ]),
    ),
  ).toEqual([missing("id = 2")]);
});

test("tables and columns that were renamed, or replaced under their name, are followed", () => {
  const renamed = holding(
    [
      ["1", "a"],
      ["2", null],
    ],
    {
      name: "u",
      columns: [
        [1, "key"],
        [2, "text", "text"],
      ],
    },
  );
  const replaced = holding(
    [
      ["a", "1"],
      ["a", "2"],
    ],
    {
      oid: "7",
      columns: [
        [1, "label", "text"],
        [2, "id"],
      ],
    },
  );

  expect(findDamage(two, renamed, two)).toEqual([]);
  expect(findDamage(two, renamed, replaced)).toEqual([
    { subject: "public.t.label", table: "public.t", isRow: false, differences: [changed("id = 2", null, "a")] },
  ]);
});

test("rows of a table without a key are counted", () => {
  const [before, restored] = [
    holding(
      [
        ["1", "a"],
        ["1", "a"],
        ["2", "b"],
      ],
      unkeyed,
    ),
    holding(
      [
        ["1", "a"],
        ["2", "c"],
      ],
      unkeyed,
    ),
  ];

  expect(findDamage(before, before, restored)).toEqual([missing("id = 1, label = a", "id = 2, label = b")]);
});

test("exempt columns may change", () => {
  expect(
    findDamage(
      two,
      two,
      holding([
        ["1", "x"],
        ["2", "y"],
      ]),
      ["public.t.label"],
    ),
  ).toEqual([]);
});

test("rows that were added in use and are gone are lost; those that the migration added are not", () => {
  const after = holding([
    ["1", "a"],
    ["2", null],
    ["3", "seed"],
  ]);
  const used = holding([
    ["1", "a"],
    ["2", null],
    ["3", "seed"],
    ["4", "new"],
  ]);

  expect(findLostRows(two, after, used, two)).toEqual([lost("id = 4")]);
  expect(
    findLostRows(
      two,
      after,
      used,
      holding([
        ["1", "a"],
        ["2", null],
        ["4", "new"],
      ]),
    ),
  ).toEqual([]);
});

test("a row that the migration changed is lost as any other", () => {
  const after = holding([
    ["1", "A"],
    ["2", null],
  ]);

  expect(findLostRows(two, after, after, holding([["1", "A"]]))).toEqual([lost("id = 2")]);
});

test("merged rows are not lost where each number keeps its sum", () => {
  const shape: Shape = {
    columns: [
      [1, "day", "date"],
      [2, "hits"],
    ],
    key: [],
  };
  const [before, used] = [
    holding([["d", "2"]], shape),
    holding(
      [
        ["d", "2"],
        ["d", "3"],
      ],
      shape,
    ),
  ];

  expect(findLostRows(before, before, used, holding([["d", "5"]], shape))).toEqual([]);
  expect(findLostRows(before, before, used, before)).toEqual([lost("day = d, hits = 3")]);
});

test("numbers of keys have no sum, so that their rows are lost", () => {
  const shape: Shape = {
    columns: [
      [1, "id"],
      [2, "owner"],
    ],
    key: [1],
  };
  const [before, used] = [
    holding([["1", "0"]], shape),
    holding(
      [
        ["1", "0"],
        ["2", "0"],
      ],
      shape,
    ),
  ];
  const linked = {
    ...used,
    catalog: new Map([["constraint public.t.f", { definition: "FOREIGN KEY (owner) REFERENCES o(id)" }]]),
  };

  expect(findLostRows(before, before, linked, before)).toHaveLength(1);
});

test("rows are matched by key, and NULL is neither the empty text nor the text NULL", () => {
  const before = holding([
    ["1", null],
    ["2", ""],
    ["3", "x"],
  ]);
  const after = holding([
    ["0", null],
    ["1", ""],
    ["2", "NULL"],
  ]);

  expect(describeDifferences(compareRows(before, after), 9)).toBe(
    'row public.t (id = 0) was added; row public.t (id = 1): label NULL -> ""; ' +
      'row public.t (id = 2): label "" -> "NULL"; row public.t (id = 3) was removed',
  );
});

test("keys that differ only in quotes, or in NULL and its text, stay apart", () => {
  const one = holding(["NULL", "'", "''", "1) (", "1"].map((id) => [id, "x"]));
  const objects = compareRows(one, holding([])).map(({ object }) => object);

  expect(new Set(objects).size).toBe(one.tables[0]?.rows.length);
});
