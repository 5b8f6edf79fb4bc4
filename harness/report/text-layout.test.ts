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

test("a wrapped text keeps to its columns and loses nothing but the spaces at which it was broken", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 40 }), (whole, columns) => {
      const lines = wrapText(whole, columns);

      expect(lines.every((line) => measureWidth(line) <= columns)).toBe(true);
      expect(lines.join("").replaceAll(" ", "")).toBe(whole.replaceAll(" ", ""));
    }),
  );
});

test("a column is exactly as wide as it was asked to be", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), (whole, columns) => {
      expect(measureWidth(padText(whole, columns))).toBe(columns);
    }),
  );
});

test("a shortened text says that something is missing, and cuts no character in two", () => {
  expect(truncate("企業版", 4)).toBe("企…");
  expect(truncate("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
  expect(truncate("abc", 3)).toBe("abc");
});

test("a word longer than a line is broken, and the words around it are not", () => {
  expect(wrapText("see 1234567890 now", 6)).toEqual(["see", "123456", "7890", "now"]);
});
