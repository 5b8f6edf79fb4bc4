import { expect, test } from "vitest";
import { formatPlainTable } from "./plain-table.ts";

test("figures are aligned right, under the head of their column", () => {
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

test("columns without heads have no head line", () => {
  const columns = [{ head: "", end: "left" }] as const;

  expect(formatPlainTable(columns, [["one"]])).toEqual(["one"]);
  expect(formatPlainTable(columns, []).join("")).toBe("");
});
