import { expect, test } from "vitest";
import { formatPlainTable } from "./plain-table.ts";

test("figures stand at the right end of their column, under its head", () => {
  const columns = [
    { head: "way", end: "left" },
    { head: "calls/s", end: "right" },
  ] as const;

  expect(
    formatPlainTable(columns, [
      ["one by one", "9"],
      ["数", "12,345"],
    ]),
  ).toEqual(["way         calls/s", "one by one        9", "数           12,345"]);
});

test("without heads there is no line for them, and an empty table has no figures", () => {
  const columns = [{ head: "", end: "left" }] as const;

  expect(formatPlainTable(columns, [["one"]])).toEqual(["one"]);
  expect(formatPlainTable(columns, []).join("")).toBe("");
});
