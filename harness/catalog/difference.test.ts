import { expect, test } from "vitest";
import { compareCatalogs, describeDifferences, findLosses } from "./difference.ts";
import type { Catalog, ObjectProperties } from "./facts.ts";

const catalog = (facts: Record<string, ObjectProperties>): Catalog => new Map(Object.entries(facts));
const columns = (...names: string[]): Catalog =>
  new Map(names.map((name, at) => [`column public.t.${name}`, { of: "public.t", position: String(at + 1) }]));

test("equal catalogs do not differ", () => {
  expect(compareCatalogs(columns("a", "b"), columns("a", "b"))).toEqual([]);
});

test("additions, removals and changed properties are distinguished and sorted", () => {
  const before = catalog({ "view b": { owner: "alice", comment: "x" }, "view c": {} });
  const after = catalog({ "view a": {}, "view b": { owner: "bob", definition: "y" } });

  expect(compareCatalogs(before, after)).toEqual([
    { kind: "added", object: "view a" },
    { kind: "changed", object: "view b", property: "comment", before: "x" },
    { kind: "changed", object: "view b", property: "definition", after: "y" },
    { kind: "changed", object: "view b", property: "owner", before: "alice", after: "bob" },
    { kind: "removed", object: "view c" },
  ]);
});

test("an object or property by the name of something in JavaScript is nothing special", () => {
  const before = catalog({ constructor: {} });

  expect(compareCatalogs(before, catalog({}))).toEqual([{ kind: "removed", object: "constructor" }]);
});

test.each([
  ["added at the end", ["a", "b"], ["a", "b", "c"]],
  ["added in front", ["a", "b"], ["c", "a", "b"]],
])("a column %s does not make its neighbours look changed", (_, before, after) => {
  expect(compareCatalogs(columns(...before), columns(...after))).toEqual([
    { kind: "added", object: "column public.t.c" },
  ]);
  expect(findLosses(columns(...before), columns(...after))).toEqual([]);
});

test("a removed column is one difference, and the order of the others has not changed", () => {
  expect(findLosses(columns("a", "b", "c"), columns("a", "c"))).toEqual([
    { kind: "removed", object: "column public.t.b" },
  ]);
});

test("a column that moved to the end is a change of order that no additive change may make", () => {
  const moved = describeDifferences(findLosses(columns("a", "b", "c"), columns("a", "c", "new", "b")));

  expect(moved).toBe("column public.t.b: position 2 -> 3; column public.t.c: position 3 -> 2");
});

test.each([
  ["alice=SELECT", "alice=INSERT,SELECT\nbob=SELECT", true],
  ["alice=SELECT", "alice=SELECT*", true],
  ["alice=SELECT*", "alice=SELECT", false],
  ["alice=INSERT,SELECT", "alice=SELECT\nbob=INSERT", false],
  ["PUBLIC=EXECUTE", undefined, false],
])("of the grants %j, %j keeps everything: %s", (before, after, keeps) => {
  const missing = findLosses(
    catalog({ "table t": { grants: before } }),
    catalog({ "table t": after === undefined ? {} : { grants: after } }),
  );

  expect(missing.length === 0).toBe(keeps);
});

test("adding a comment is additive, changing one is not", () => {
  const [none, one, other] = [{}, { comment: "x" }, { comment: "y" }].map((each) => catalog({ "table t": each }));

  expect(findLosses(none as Catalog, one as Catalog)).toEqual([]);
  expect(findLosses(one as Catalog, other as Catalog)).toHaveLength(1);
  expect(findLosses(one as Catalog, none as Catalog)).toHaveLength(1);
});
