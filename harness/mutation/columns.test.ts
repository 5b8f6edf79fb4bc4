import { expect, test } from "vitest";
import { similarColumns, similarNames } from "./columns.ts";

test("similar names differ in one word, or have one more or less; the next one is used", () => {
  const names = ["red_sum", "green_sum", "blue_sum", "red_used_sum", "green_used_sum", "other"];

  expect(similarNames("red_sum", names)).toEqual(["green_sum", "red_used_sum"]);
  expect(similarNames("blue_sum", names)).toEqual(["red_sum"]);
  expect(similarNames("green_used_sum", names)).toEqual(["red_used_sum", "green_sum"]);
  expect(similarNames("other", names)).toEqual([]);
  expect(similarNames("unknown_sum", names)).toEqual(["red_sum"]);
});

test("similar columns are of the same table and type", () => {
  const columns = [
    { table: "one", name: "a_sum", type: "int4" },
    { table: "two", name: "b_sum", type: "int4" },
    { table: "one", name: "c_sum", type: "text" },
    { table: "one", name: "d_sum", type: "int4" },
  ];

  expect(similarColumns("a_sum", columns)).toEqual(["d_sum"]);
  expect(similarColumns("c_sum", columns)).toEqual([]);
  expect(similarColumns("unknown", columns)).toEqual([]);
});
