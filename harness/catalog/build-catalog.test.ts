import { expect, test } from "vitest";
import { buildCatalog } from "./build-catalog.ts";

test("parts of one object are merged in any order", () => {
  const facts = buildCatalog(
    [
      ["1", "7", 0, null, { comment: "x", options: null }],
      ["1", "7", 0, "table t", { owner: "me" }],
      ["1", "7", 1, "column t.a", { type: "integer" }],
      ["1", "8", 0, null, { comment: "of no object" }],
    ],
    [],
  );

  expect([...facts]).toEqual([
    ["column t.a", { type: "integer" }],
    ["table t", { comment: "x", owner: "me" }],
  ]);
});

test("what an extension owns is left out with all that belongs to it", () => {
  const facts = buildCatalog(
    [
      ["1", "7", 0, "table t", {}],
      ["2", "7", 0, "function f()", {}],
    ],
    [["1", "7"]],
  );

  expect([...facts.keys()]).toEqual(["function f()"]);
});

test("grants are listed in order and once, with the option if any grantor gave it", () => {
  const grants = [
    ["b", "SELECT", false],
    ["-", "SELECT", false],
    ["b", "INSERT", false],
    ["b", "SELECT", true],
  ];

  expect(buildCatalog([["1", "7", 0, "table t", { grants, config: ["y", "x"] }]], []).get("table t")).toEqual({
    config: "x\ny",
    grants: "PUBLIC=SELECT\nb=INSERT,SELECT*",
  });
});

test("two objects of one name are rejected", () => {
  expect(() =>
    buildCatalog(
      [
        ["1", "7", 0, "cast (a AS b)", {}],
        ["1", "8", 0, "cast (a AS b)", {}],
      ],
      [],
    ),
  ).toThrow("1 objects of the catalog share a name with another");
});
