import { expect, test } from "vitest";
import type { Snapshot, SnapshotTable } from "../catalog/snapshot.ts";
import { findReplayDifference, findUnstableColumns } from "./compare-replays.ts";

function snapshot(rows: SnapshotTable["rows"], objects: readonly string[] = []): Snapshot {
  const columns = ["id", "at"].map((name, index) => ({ number: index + 1, name, type: "text" }));

  return {
    catalog: new Map(objects.map((object) => [object, {}])),
    identities: new Map(),
    tables: [{ oid: "1", schema: "public", name: "t", kind: "r", columns, key: [1], rows }],
    sequences: [],
  };
}

test("rows that differ are named by their table and the first column", () => {
  const recorded = snapshot([["1", "a"]]);
  expect(findReplayDifference(recorded, snapshot([["1", "a"]]), [])).toBeUndefined();
  expect(findReplayDifference(recorded, snapshot([["1", "b"]]), [])).toBe(
    "rows of table public.t differ in the column at",
  );
  expect(findReplayDifference(recorded, snapshot([]), [])).toBe("table public.t has 0 rows instead of 1");
  expect(findReplayDifference(recorded, snapshot([]), [{ name: "t" }])).toBeUndefined();
});

test("the order of rows does not count, and which values are together does", () => {
  const recorded = snapshot([
    ["1", "a"],
    ["2", "b"],
  ]);
  expect(
    findReplayDifference(
      recorded,
      snapshot([
        ["2", "b"],
        ["1", "a"],
      ]),
      [],
    ),
  ).toBeUndefined();
  expect(
    findReplayDifference(
      recorded,
      snapshot([
        ["1", "b"],
        ["2", "a"],
      ]),
      [],
    ),
  ).toBe("rows of table public.t differ");
});

test("of a column that differs between two replays, only NULL is compared", () => {
  const recorded = snapshot([["1", "noon"]]);
  const unstable = findUnstableColumns(snapshot([["1", "one"]]), snapshot([["1", "two"]]));
  expect(findReplayDifference(recorded, snapshot([["1", "one"]]), [], unstable)).toBeUndefined();
  expect(findReplayDifference(recorded, snapshot([["1", null]]), [], unstable)).toBeDefined();
  expect(findReplayDifference(recorded, snapshot([["2", "one"]]), [], unstable)).toContain("in the column id");
  const other = findUnstableColumns(snapshot([["1", "noon"]]), snapshot([["2", "noon"]]));
  expect(findReplayDifference(recorded, snapshot([["2", "one"]]), [], other)).toContain("in the column at");
});

test("an object that is missing comes before one that is changed", () => {
  const changed = { ...snapshot([]), catalog: new Map([["column public.t.a", { type: "text" }]]) };
  const recorded = {
    ...snapshot([]),
    catalog: new Map([
      ["column public.t.a", { type: "int" }],
      ["table public.u", {}],
    ]),
  };
  expect(findReplayDifference(recorded, changed, [])).toMatch(/^table public\.u was removed/);
});
