import fc from "fast-check";
import { expect, test } from "vitest";
import { measureWidth, padText, truncate, wrapText } from "./text-layout.ts";

test.each([
  ["enterprise", 10],
  ["企業", 4],
  ["한글", 4],
  ["🧾", 2],
  ["👩‍👩‍👧", 2],
  ["🇩🇪", 2],
  ["✔️", 2],
  ["é", 1],
  ["e\u0301", 1],
  ["ａ", 2],
  ["\u200d", 0],
  ["\u{1d158}\u{1d165}\u{1d16e}", 1],
])("%s takes %i columns", (text, columns) => {
  expect(measureWidth(text)).toBe(columns);
});

const text = fc.string({ unit: "grapheme", maxLength: 60 });

test("wrapping keeps to the columns and drops only the spaces at line breaks", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 40 }), (whole, columns) => {
      const lines = wrapText(whole, columns);

      expect(lines.every((line) => measureWidth(line) <= columns)).toBe(true);
      expect(lines.join("").replaceAll(" ", "").normalize()).toBe(whole.replaceAll(" ", "").normalize());
    }),
  );
});

test("padded text has exactly the given width", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), (whole, columns) => {
      expect(measureWidth(padText(whole, columns))).toBe(columns);
    }),
  );
});

test("truncated text has an ellipsis at the end or in the middle, and no half characters", () => {
  expect(truncate("relation a already exists", 16, "middle")).toBe("relation…exists");
  expect(truncate("企業版", 4)).toBe("企…");
  expect(truncate("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
  expect(truncate("abc", 3)).toBe("abc");
});

test("only a word longer than a line is broken", () => {
  expect(wrapText("see 1234567890 now", 6)).toEqual(["see", "123456", "7890", "now"]);
});
