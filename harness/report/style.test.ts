import { expect, test } from "vitest";
import { canRedraw, detectStyle } from "./style.ts";

test.each([
  ["a pipe has 80 columns and no colour", { columns: 200 }, {}, { colour: false, width: 80 }],
  ["a terminal has its own width", { isTTY: true, columns: 100 }, {}, { colour: true, width: 100 }],
  ["NO_COLOR is obeyed", { isTTY: true, columns: 100 }, { NO_COLOR: "1" }, { colour: false, width: 100 }],
  ["FORCE_COLOR colours a pipe", {}, { FORCE_COLOR: "1" }, { colour: true, width: 80 }],
  ["a terminal without a size has 80 columns", { isTTY: true, columns: 0 }, {}, { colour: true, width: 80 }],
  ["the width is at most 120 columns", { isTTY: true, columns: 400 }, {}, { colour: true, width: 120 }],
  ["the width is at least 60 columns", { isTTY: true, columns: 20 }, {}, { colour: true, width: 60 }],
])("%s", (_, screen, env, style) => {
  expect(detectStyle(screen, env)).toEqual(style);
});

test("only a terminal with a size can be redrawn", () => {
  expect(canRedraw({ isTTY: true, columns: 80, rows: 24 })).toBe(true);
  expect(canRedraw({ isTTY: true, columns: 0, rows: 0 })).toBe(false);
  expect(canRedraw({ columns: 80, rows: 24 })).toBe(false);
});
