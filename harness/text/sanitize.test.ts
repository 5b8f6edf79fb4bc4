import { expect, test } from "vitest";
import { sanitize, sanitizeForReports, sanitizeLines } from "./sanitize.ts";

test("invisible characters become visible escapes, and others are unchanged", () => {
  expect(sanitize("a\nb\tc\u001b[31m\u202e\u2028\ud800\u0000 é 👩‍👧 \\")).toBe(
    "a\\nb\\tc\\u{1b}[31m\\u{202e}\\u{2028}\\u{d800}\\u{0} é 👩‍👧 \\",
  );
});

test("lines keep their tabs, and their escape codes become visible", () => {
  expect(sanitizeLines("a\r\n\tb\u001b")).toEqual(["a", "\tb\\u{1b}"]);
});

test("only what readers of JSON reject is escaped for reports", () => {
  expect(sanitizeForReports("a\n\u0000\udc00\u{1f600}")).toBe("a\n\\u{0}\\u{dc00}\u{1f600}");
});
