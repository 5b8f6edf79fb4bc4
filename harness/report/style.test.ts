import { expect, test } from "vitest";
import { detectStyle } from "./style.ts";

test.each([
  ["a pipe has 80 columns and no colour", { columns: 200 }, {}, { colour: false, width: 80 }],
  ["a terminal has its own", { isTTY: true, columns: 100 }, {}, { colour: true, width: 100 }],
  ["NO_COLOR is obeyed", { isTTY: true, columns: 100 }, { NO_COLOR: "1" }, { colour: false, width: 100 }],
  ["FORCE_COLOR colours a pipe", {}, { FORCE_COLOR: "1" }, { colour: true, width: 80 }],
  [
    "a terminal without a size is taken for a pipe's width",
    { isTTY: true, columns: 0 },
    {},
    { colour: true, width: 80 },
  ],
  ["a wide window is not filled", { isTTY: true, columns: 400 }, {}, { colour: true, width: 120 }],
])("%s", (_, screen, env, style) => {
  expect(detectStyle(screen, env)).toEqual(style);
});
